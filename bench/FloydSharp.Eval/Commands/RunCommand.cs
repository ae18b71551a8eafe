using System.CommandLine;
using FloydSharp.Eval.Generation;
using FloydSharp.Eval.Prompts;
using FloydSharp.Eval.Reading;
using FloydSharp.Eval.Reports;
using FloydSharp.IO;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Commands;

/// <summary>Generates the prompts' pictures, and measures them where tesseract is installed.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var models = new Option<string>("--models") { Description = "Folder with cascade.json, or with stage1, stage2 and stage3.", Required = true };
        var output = new Option<string>("--out") { Description = "Folder of the pictures and the report.", Required = true };
        var set = new Option<string>("--set") { Description = "held-out: the 200 prompts; natural: those written by hand; all.", DefaultValueFactory = _ => "all" };
        set.AcceptOnlyFromAmong("held-out", "natural", "all");
        var group = new Option<string?>("--group") { Description = "Only prompts of one kind: word, letters, object, count, relation, style." };
        group.AcceptOnlyFromAmong("word", "letters", "object", "count", "relation", "style");
        var count = new Option<int>("--prompts") { Description = "So many prompts, spread over the set; all when left out.", DefaultValueFactory = _ => int.MaxValue };
        var seeds = new Option<int>("--seeds") { Description = "Pictures per prompt.", DefaultValueFactory = _ => 1 };
        var stages = new Option<int>("--stages") { Description = "Last stage, 1 to 3; the last there is when left out.", DefaultValueFactory = _ => 3 };
        var scheduler = new Option<string?>("--scheduler") { Description = "Scheduler of stages I and II, such as dpm++; the folder's when left out." };
        var steps = new Option<int[]>("--steps") { Description = "Steps of the stages; the folder's when left out.", AllowMultipleArgumentsPerToken = true };
        var guidance = new Option<double[]>("--guidance") { Description = "Guidance of the stages; the folder's when left out.", AllowMultipleArgumentsPerToken = true };
        var noise = new Option<int?>("--noise-level") { Description = "Noise level of stage II; the folder's when left out." };
        var device = DeviceOption.Create();
        var dtype = new Option<string>("--dtype") { Description = "float32, float16 or bfloat16.", DefaultValueFactory = _ => "float32" };
        dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        var batch = new Option<int>("--batch") { Description = "Pictures made together; 8 on a CPU, 50 on a GPU when left out." };
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace an earlier run." };
        var command = new Command("run", "Generates held-out prompts, keeps the pictures, and measures them where tesseract is installed (see measure).")
            { models, output, set, group, count, seeds, stages, scheduler, steps, guidance, noise, device, dtype, batch, weights, overwrite };
        return command.Does(parse =>
        {
            var folder = parse.GetRequiredValue(output);
            if (!parse.GetValue(overwrite) && File.Exists(Path.Combine(folder, RunRecord.FileName)))
                throw new FloydException($"The folder '{folder}' holds a run; choose another folder or give --overwrite.");
            var place = DeviceOption.Parse(parse.GetRequiredValue(device));
            var load = new LoadOptions
            {
                Device = place,
                DType = parse.GetValue(dtype) switch { "float16" => ScalarType.Float16, "bfloat16" => ScalarType.BFloat16, _ => ScalarType.Float32 },
            };
            var changes = new SamplingChanges
            {
                Scheduler = parse.GetValue(scheduler),
                Steps = parse.GetValue(steps) ?? [],
                Guidance = parse.GetValue(guidance) ?? [],
                NoiseLevel = parse.GetValue(noise),
            };
            var onCpu = place.type is TorchSharp.DeviceType.CPU;
            var together = parse.GetValue(batch) > 0 ? parse.GetValue(batch) : onCpu ? 8 : 50;
            var writer = parse.InvocationConfiguration.Output;
            using (var opened = ModelFolder.Open(parse.GetRequiredValue(models), parse.GetValue(stages), load))
            {
                var changed = opened with { Request = changes.ApplyTo(opened.Request) };
                var prompts = PromptSet.Spread(parse.GetRequiredValue(set), parse.GetValue(group), parse.GetValue(count));
                new SampleGenerator(changed, together, onCpu ? "cpu" : "cuda", writer)
                    .Run(prompts, Math.Max(1, parse.GetValue(seeds)), folder);
            }

            if (Tesseract.IsInstalled)
                Measurement.Run(folder, parse.GetValue(weights), overwrite: true, writer);
            else
                writer.WriteLine($"The pictures are in {folder}. Without tesseract they cannot be measured here; where it is: floyd-eval measure {folder}");
            return 0;
        });
    }
}
