using System.CommandLine;
using System.Diagnostics;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>Writes random weights of a real model's size and layout.</summary>
internal static class SynthesizeCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "One of " + string.Join(", ", RealModels.Names) };
        model.AcceptOnlyFromAmong([.. RealModels.Names]);
        var folder = new Option<string>("--out") { Description = "The component's folder", Required = true };
        var dtype = new Option<string>("--dtype") { Description = "float32, float16", DefaultValueFactory = _ => "float16" };
        var shard = new Option<double>("--max-shard-gb") { Description = "Size of a shard; one file when the model is smaller", DefaultValueFactory = _ => 10 };

        var command = new Command("synthesize", "Writes random weights of a real model's size and layout.") { model, folder, dtype, shard };
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), parse.GetRequiredValue(folder), TensorDTypes.Parse(parse.GetRequiredValue(dtype)), parse.GetValue(shard)));
        return command;
    }

    private static int Run(string name, string folder, ScalarType dtype, double shardGigabytes)
    {
        Directory.CreateDirectory(folder);
        using var model = RealModels.Create(name);
        var start = Stopwatch.GetTimestamp();
        var isText = name == "T5-XXL";
        var sources = model.NamedWeights().Select((w, i) => RandomWeights.Source(w.Key, w.Value.Shape, DTypeOf(model, w.Key, dtype), i));
        ShardedSafetensorsWriter.Write(
            folder, isText ? "model" : "diffusion_pytorch_model", sources, (long)(shardGigabytes * 1e9), dtype == ScalarType.Float16 ? WeightVariant.Fp16 : null);
        var bytes = Directory.GetFiles(folder, "*.safetensors").Sum(f => new FileInfo(f).Length);
        Console.WriteLine($"{name}: {bytes / 1e9:f2} GB in {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s -> {folder}");
        return 0;
    }

    private static ScalarType DTypeOf(Layer model, string name, ScalarType dtype) =>
        model is ICheckpointModel known ? known.DTypeOf(name, dtype) : dtype;
}
