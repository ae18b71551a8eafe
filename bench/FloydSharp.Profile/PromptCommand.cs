using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FloydSharp.Memory;
using FloydSharp.Models.T5;
using FloydSharp.Pipelines;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>Encodes prompts one after the other on a CPU with T5-XXL from its files: time for each, and memory beside what the process has.</summary>
internal static class PromptCommand
{
    private const int Tokens = 77;

    public static Command Create()
    {
        var folder = new Option<string>("--from") { Description = "The text encoder's folder", Required = true };
        var variant = new Option<string>("--variant") { Description = "8bit, or fp16, whose weights are converted while they are loaded", DefaultValueFactory = _ => "8bit" };
        variant.AcceptOnlyFromAmong("8bit", "fp16");
        var prompts = new Option<int>("--prompts") { DefaultValueFactory = _ => 3 };
        var batch = new Option<int>("--batch") { Description = "Texts that are encoded at once; with guidance 2", DefaultValueFactory = _ => 1 };
        var resident = new Option<bool>("--resident") { Description = "Copy weights to memory of the process; else they are used where their file is mapped, as under any budget" };
        var dtype = new Option<string>("--dtype") { Description = "What it is computed in", DefaultValueFactory = _ => "float32" };
        var plain = new Option<bool>("--plain") { Description = "By libtorch's operators alone, as the reference does" };
        var command = new Command("prompt", $"Encodes prompts of {Tokens} tokens with T5-XXL on a CPU, one after the other.") { folder, variant, prompts, batch, resident, dtype, plain };
        command.SetAction(parse => Run(parse.GetRequiredValue(folder), new()
        {
            Variant = parse.GetRequiredValue(variant),
            MapWeights = !parse.GetValue(resident),
            DType = TensorDTypes.Parse(parse.GetRequiredValue(dtype)),
            Plain = parse.GetValue(plain),
        }, parse.GetValue(prompts), parse.GetValue(batch)));
        return command;
    }

    private static int Run(string folder, LoadOptions load, int prompts, int batch)
    {
        using var noGrad = no_grad();
        zeros(1).Dispose();
        HostMemory.Trim();
        var before = ProcessMemory.Read().Anonymous;
        using var sampler = new PeakSampler();
        var start = Stopwatch.GetTimestamp();
        using var model = (T5EncoderModel)ModelLoader.Fill(new T5EncoderModel(T5Config.Load(folder)), folder, load, null, default);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"load     {Stopwatch.GetElapsedTime(start).TotalSeconds,7:f2} s"));
        for (var i = 1; i <= prompts; i++)
        {
            using var ids = randint(100, 30000, [batch, Tokens], ScalarType.Int64);
            using var mask = ones([batch, Tokens], ScalarType.Int64);
            start = Stopwatch.GetTimestamp();
            model.forward(ids, mask).Dispose();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"prompt {i} {Stopwatch.GetElapsedTime(start).TotalSeconds,7:f2} s"));
        }

        Console.WriteLine($"anonymous memory at most {(sampler.Peak - before) >> 20} MiB beside the process's own {before >> 20} MiB");
        return 0;
    }
}
