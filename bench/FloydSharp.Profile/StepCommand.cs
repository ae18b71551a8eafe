using System.CommandLine;
using System.Diagnostics;
using FloydSharp.Models.UNet;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>One denoising step's forward pass of a full-size UNet with random weights.</summary>
internal static class StepCommand
{
    private const int TextTokens = 77;

    public static Command Create()
    {
        var models = new Argument<string[]>("models") { Description = "One or more of " + string.Join(", ", RealConfigs.ByName.Keys) };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var dtype = new Option<string>("--dtype") { DefaultValueFactory = _ => "float32" };
        var batch = new Option<int>("--batch") { Description = "2 is one picture with guidance", DefaultValueFactory = _ => 2 };
        var repeat = new Option<int>("--repeat") { Description = "Timed passes after two that are not", DefaultValueFactory = _ => 5 };

        var command = new Command("step", "Times a full-size UNet's forward pass, random weights.") { models, device, dtype, batch, repeat };
        command.SetAction(parse =>
        {
            Console.WriteLine($"{"model",-10} {"parameters",12} {"median ms",10} {"min ms",10} {"peak GPU MiB",13} {"peak RSS MiB",13} finite");
            foreach (var name in parse.GetRequiredValue(models))
            {
                Run(name, TorchSharp.torch.device(parse.GetRequiredValue(device)), TensorDTypes.Parse(parse.GetRequiredValue(dtype)),
                    parse.GetValue(batch), parse.GetValue(repeat));
            }

            return 0;
        });
        return command;
    }

    private static void Run(string name, Device device, ScalarType dtype, int batch, int repeat)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var config = RealModels.UNet(name);
        using var model = new UNet2DConditionModel(config);
        PeakMemory.Reset();
        RandomWeights.Fill(model, dtype, device);

        // The x4 upscaler's sample size is 128; the cascade gives it 256x256 latents.
        var side = name == "x4-upscaler" ? 256L : config.SampleSize!.Value;
        var sample = randn([batch, config.InChannels, side, side], dtype, device);
        var text = randn([batch, TextTokens, (long)(config.EncoderHidDim ?? config.CrossAttentionDim[0])], dtype, device);
        var labels = config.ClassEmbedType is not null || config.NumClassEmbeds is not null ? full([batch], 20, ScalarType.Int64, device) : null;
        var time = tensor(417, ScalarType.Int64, device);

        List<double> times = [];
        var finite = true;
        for (var i = 0; i < repeat + 2; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var output = model.forward(sample, time, text, labels);
            using var sum = output.to(ScalarType.Float32).sum();
            finite &= float.IsFinite(sum.item<float>());
            if (i >= 2)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        var (resident, gpu) = PeakMemory.Read();
        var parameters = model.NamedWeights().Sum(w => w.Value.ElementCount);
        Console.WriteLine($"{name,-10} {parameters,12:N0} {times[times.Count / 2],10:f1} {times[0],10:f1} {gpu / 1048576.0,13:f0} {resident / 1048576.0,13:f0} {finite}");
    }
}
