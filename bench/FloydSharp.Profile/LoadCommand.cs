using System.CommandLine;
using System.Diagnostics;
using FloydSharp.IO.Safetensors;
using FloydSharp.Memory;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>Loads a model's weights and compares the peak of resident memory with the model's size.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "One of " + string.Join(", ", RealModels.Names) };
        model.AcceptOnlyFromAmong([.. RealModels.Names]);
        var folder = new Option<string>("--from") { Description = "The component's folder", Required = true };
        var dtype = new Option<string>("--dtype") { Description = "The dtype in memory", DefaultValueFactory = _ => "float32" };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var map = new Option<bool>("--no-map") { Description = "Copy weights even where the mapped file could be used" };

        var command = new Command("load", "Loads weights; prints time and peak memory.") { model, folder, dtype, device, map };
        command.SetAction(parse => Run(parse.GetRequiredValue(model), parse.GetRequiredValue(folder), new()
        {
            DType = TensorDTypes.Parse(parse.GetRequiredValue(dtype)),
            Device = TorchSharp.torch.device(parse.GetRequiredValue(device)),
            MapWeights = !parse.GetValue(map),
        }));
        return command;
    }

    private static int Run(string name, string folder, LoadOptions options)
    {
        using var model = RealModels.Create(name);
        using (zeros(1, device: options.Device))
        {
            // Libraries are loaded and the device is set up before the measurement.
        }

        PeakMemory.Reset();
        var before = ProcessMemory.Read();
        var start = Stopwatch.GetTimestamp();
        using var weights = WeightSet.Open(folder, variant: WeightVariant.Choose(folder, options));
        var report = CheckpointLoader.Load(model, weights, options);
        var checksum = Touch(model);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var after = ProcessMemory.Read();

        var bytes = model.NamedWeights().Sum(w => w.Value.Value.NumberOfElements * w.Value.Value.ElementSize);
        Console.WriteLine($"model in memory        {bytes / 1e6,10:f0} MB ({options.EffectiveDType}; files {report.FileBytes / 1e6:f0} MB, {report.MappedBytes / 1e6:f0} MB used in place)");
        Console.WriteLine($"resident before        {before.Resident / 1e6,10:f0} MB");
        Console.WriteLine($"resident after         {after.Resident / 1e6,10:f0} MB ({after.Anonymous / 1e6:f0} anonymous, {after.File / 1e6:f0} file)");
        Console.WriteLine($"peak resident          {after.Peak / 1e6,10:f0} MB");
        Console.WriteLine($"peak over model+before {(after.Peak - before.Resident - bytes) / 1e6,10:f0} MB");
        Console.WriteLine($"time                   {elapsed.TotalSeconds,10:f2} s (checksum {checksum:g6})");
        return 0;
    }

    // Mapped pages count once they are touched, so every weight is read.
    private static double Touch(Nn.Layer model)
    {
        var sum = 0.0;
        foreach (var (_, weight) in model.NamedWeights())
        {
            using var scope = NewDisposeScope();
            sum += weight.Value.flatten().narrow(0, 0, 1).to(ScalarType.Float64).item<double>();
            if (weight.Value.device_type == TorchSharp.DeviceType.CPU)
                _ = weight.Value.max();
        }

        return sum;
    }
}
