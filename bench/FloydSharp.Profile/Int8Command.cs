using System.CommandLine;
using System.Diagnostics;
using FloydSharp.Models.T5;
using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>One full-size T5 block in every form that its weights can have: time, memory, and error against float32.</summary>
internal static class Int8Command
{
    private static readonly (string Name, ScalarType DType, bool Int8, ScalarType Wo, Int8Execution Execution)[] _forms =
    [
        ("float32", ScalarType.Float32, false, ScalarType.Float32, default),
        ("bfloat16", ScalarType.BFloat16, false, ScalarType.BFloat16, default),
        ("int8", ScalarType.Float32, true, ScalarType.Float32, default),
        ("int8, wo bfloat16", ScalarType.Float32, true, ScalarType.BFloat16, default),
        ("int8 in bfloat16", ScalarType.BFloat16, true, ScalarType.BFloat16, default),
        ("LLM.int8()", ScalarType.Float32, true, ScalarType.Float32, Int8Execution.LlmInt8),
        ("as bitsandbytes", ScalarType.Float32, true, ScalarType.Float32, Int8Execution.BitsAndBytes),
    ];

    public static Command Create()
    {
        var tokens = new Option<int[]>("--tokens") { Description = "Tokens per text, such as 77 and 154", DefaultValueFactory = _ => [77, 154], AllowMultipleArgumentsPerToken = true };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var repeat = new Option<int>("--repeat") { Description = "Timed passes after one that is not; the shortest counts", DefaultValueFactory = _ => 5 };
        var command = new Command("int8", "Compares one full-size T5 block with float, int8 and LLM.int8() weights.") { tokens, device, repeat };
        command.SetAction(parse =>
        {
            Run(parse.GetValue(tokens)!, TorchSharp.torch.device(parse.GetRequiredValue(device)), parse.GetValue(repeat));
            return 0;
        });
        return command;
    }

    private static void Run(int[] tokens, Device device, int repeat)
    {
        using var noGrad = no_grad();
        var config = T5Config.Xxl with { NumLayers = 1 };
        using var exact = new T5Block(config, hasRelativeAttentionBias: true);
        RandomWeights.Fill(exact, ScalarType.Float32, CPU);

        Console.WriteLine($"{"weights",-18} {"MB",6} {string.Join(' ', tokens.Select(t => $"{t + " tokens, ms",15}"))} {"relative error",15}");
        var inputs = tokens.Select(t => Input(t, config)).ToList();
        List<Tensor> expected = [];
        foreach (var form in _forms)
        {
            using var block = new T5Block(config, hasRelativeAttentionBias: true);
            var bytes = Fill(block, exact, form, device);
            List<string> times = [];
            var error = 0f;
            for (var i = 0; i < inputs.Count; i++)
            {
                using var scope = NewDisposeScope();
                var (output, time) = Time(block, inputs[i].to(device), form.DType, repeat);
                times.Add($"{time,15:f1}");
                if (expected.Count <= i)
                    expected.Add(output.MoveToOuterDisposeScope());
                else
                    error = Math.Max(error, ((output - expected[i]).norm() / (expected[i] - inputs[i]).norm()).item<float>());
            }

            Console.WriteLine($"{form.Name,-18} {bytes / 1e6,6:f0} {string.Join(' ', times)} {error,15:e2}");
        }
    }

    // Like T5's hidden states: a few channels are far larger than the rest.
    private static Tensor Input(int tokens, T5Config config)
    {
        using var scope = NewDisposeScope();
        var x = randn([1, tokens, config.DModel], generator: new Generator(5));
        using var few = x.narrow(2, 100, 4);
        few.mul_(20);
        return x.MoveToOuterDisposeScope();
    }

    private static long Fill(T5Block block, T5Block exact, (string Name, ScalarType DType, bool Int8, ScalarType Wo, Int8Execution Execution) form, Device device)
    {
        var bytes = 0L;
        var scratch = new CompactScratch();
        foreach (var ((name, weight), (_, source)) in block.NamedWeights().Zip(exact.NamedWeights()))
        {
            using var scope = NewDisposeScope();
            var wo = name.EndsWith(".wo.weight", StringComparison.Ordinal);
            var computed = wo && form.DType == ScalarType.Float16 ? ScalarType.Float32 : form.DType;
            if (form.Int8 && weight.TakesCompact && !wo)
            {
                var (values, scales) = RowQuantizer.Quantize(source.Value);
                weight.Fill(new CompactTensor(values.to(device), scales.to(device), computed, form.Execution, scratch));
            }
            else if (wo && form.Wo != computed)
            {
                weight.Fill(new CompactTensor(source.Value.to(form.Wo, device), null, computed, scratch: scratch));
            }
            else
            {
                weight.Fill(source.Value.to(computed, device, copy: true));
            }

            bytes += weight.Compact?.ByteCount ?? (weight.Value.NumberOfElements * weight.Value.ElementSize);
        }

        return bytes;
    }

    private static (Tensor Output, double Milliseconds) Time(T5Block block, Tensor input, ScalarType dtype, int repeat)
    {
        using var scope = NewDisposeScope();
        var x = input.to(dtype);
        var bias = block.PositionBias(x.shape[1], x.device).to(dtype);
        List<double> times = [];
        Tensor? output = null;
        for (var i = 0; i <= repeat; i++)
        {
            output?.Dispose();
            var start = Stopwatch.GetTimestamp();
            output = block.forward(x, bias);
            using var sum = output.sum();
            sum.to(ScalarType.Float32).item<float>();
            if (i > 0)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return (output!.to(ScalarType.Float32, CPU).MoveToOuterDisposeScope(), times.Min());
    }
}
