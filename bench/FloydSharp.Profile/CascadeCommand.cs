using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Memory;
using FloydSharp.Weights;

namespace FloydSharp.Profile;

/// <summary>Runs the cascade and prints time and peak memory per phase.</summary>
internal static class CascadeCommand
{
    public static Command Create()
    {
        Option<string?> Folder(string name, string description, bool required = false) => new(name) { Description = description, Required = required };
        var stage1 = Folder("--stage1", "Stage I checkpoint", required: true);
        var stage2 = Folder("--stage2", "Stage II checkpoint");
        var stage3 = Folder("--stage3", "x4 upscaler checkpoint");
        var tokenizer = Folder("--tokenizer", "T5 tokenizer");
        var clip = Folder("--clip-tokenizer", "CLIP tokenizer");
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var dtype = new Option<string?>("--dtype");
        var steps = new Option<int[]>("--steps") { Description = "Steps of the stages", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [100, 50, 75] };
        var prompt = new Option<string>("--prompt") { DefaultValueFactory = _ => "a photograph of an astronaut riding a horse" };

        var command = new Command("cascade", "Runs the cascade; prints time and peak memory per phase.") { stage1, stage2, stage3, tokenizer, clip, device, dtype, steps, prompt };
        command.SetAction(parse =>
        {
            var options = new CascadeOptions
            {
                Stage1 = parse.GetValue(stage1)!,
                Stage2 = parse.GetValue(stage2),
                Stage3 = parse.GetValue(stage3),
                TokenizerFolder = parse.GetValue(tokenizer),
                ClipTokenizerFolder = parse.GetValue(clip),
                Load = new() { Device = TorchSharp.torch.device(parse.GetRequiredValue(device)), DType = parse.GetValue(dtype) is { } name ? TensorDTypes.Parse(name) : null },
            };
            var counts = parse.GetRequiredValue(steps);
            return Run(options, new() { Prompts = [parse.GetRequiredValue(prompt)], Seed = 1 }, counts);
        });
        return command;
    }

    private static int Run(CascadeOptions options, CascadeRequest request, int[] steps)
    {
        request = request with
        {
            Stage1 = request.Stage1 with { NumInferenceSteps = steps[0] },
            Stage2 = request.Stage2 with { NumInferenceSteps = steps[Math.Min(1, steps.Length - 1)] },
            Stage3 = request.Stage3 with { NumInferenceSteps = steps[^1] },
        };
        Console.WriteLine($"{"phase",-28} {"seconds",9} {"peak RSS MiB",13} {"after MiB",10} {"peak GPU MiB",13}");
        using var cascade = IFCascade.Open(options);
        using var result = cascade.Generate(request, new Table());
        return 0;
    }

    private sealed class Table : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value)
        {
            switch (value)
            {
                case CascadeEvent.PhaseStarted:
                    PeakMemory.Reset();
                    break;
                case CascadeEvent.PhaseFinished done:
                    var (resident, gpu) = PeakMemory.Read();
                    var name = $"{(done.Stage == 0 ? "text" : "stage " + done.Stage)} {done.Phase} {done.Component}";
                    Console.WriteLine($"{name,-28} {done.Elapsed.TotalSeconds,9:f2} {resident / 1048576.0,13:f0} {ProcessMemory.Read().Resident / 1048576.0,10:f0} {gpu / 1048576.0,13:f0}");
                    break;
            }
        }
    }
}
