using FloydSharp.IO.Safetensors;
using FloydSharp.Models.T5;
using FloydSharp.Quantization;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.T5;

public class T5Int8Tests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("T5EncoderModel LLM.int8 weights, activations float32")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_8BitVariant_GivesReferenceOutput(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, TestDevice.Load);

        var actual = Run(model, tensors);

        TensorAssert.Close(tensors["last_hidden_state_dequantized_weights"], actual, Tolerance, output, golden.ToString());
        Report(golden, "int8 weights", tensors["last_hidden_state_fp32"], actual);
        Assert.Equal(ScalarType.Float32, model.DType);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_LlmInt8_StaysNearTheFloatModel(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        foreach (var execution in new[] { Int8Execution.LlmInt8, Int8Execution.BitsAndBytes })
        {
            using var model = Load(golden, TestDevice.Load with { Int8Execution = execution });
            Assert.InRange(Report(golden, execution.ToString(), tensors["last_hidden_state_fp32"], Run(model, tensors)), 1e-6, 0.03);
        }
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_8BitVariantInBFloat16_StaysNearTheFloatModel(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, TestDevice.Load with { DType = ScalarType.BFloat16 });
        Assert.Equal(ScalarType.BFloat16, model.DType);
        Assert.InRange(Report(golden, "bfloat16", tensors["last_hidden_state_fp32"], Run(model, tensors)), 0, 0.05);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Load_Float16_NeverRunsTheLastProductInIt(GoldenCase golden)
    {
        using var model = Load(golden, TestDevice.Load with { DType = ScalarType.Float16, WideAsBFloat16 = true });
        foreach (var (name, weight) in model.NamedWeights())
        {
            var wide = name.EndsWith(".wo.weight", StringComparison.Ordinal);
            Assert.Equal(wide ? ScalarType.Float32 : ScalarType.Float16, weight.DType);
            Assert.Equal(wide, weight.Compact?.Values.dtype == ScalarType.BFloat16);
        }
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Load_QuantizedWhileLoading_HasTheBytesOfThe8BitVariant(GoldenCase golden)
    {
        var folder = Folder(golden);
        using var stored = Load(golden, TestDevice.Load);
        using var made = new T5EncoderModel(T5Config.Load(folder));
        using var weights = WeightSet.Open(folder);
        CheckpointLoader.Load(made, weights, TestDevice.Load with { Quantization = WeightQuantization.Linears }, cancellation: TestContext.Current.CancellationToken);

        var count = 0;
        foreach (var ((name, expected), (_, actual)) in stored.NamedWeights().Zip(made.NamedWeights()))
        {
            // The one has its table of embeddings in float16, the other in float32.
            if (expected.IsTable)
                continue;
            Assert.Equal(expected.Compact is null, actual.Compact is null);
            if (expected.Compact is not { } compact)
                continue;
            count++;
            Assert.True(compact.Values.equal(actual.Compact!.Values).all().item<bool>(), name);
            Assert.True(compact.Scales!.equal(actual.Compact.Scales!).all().item<bool>(), name);
        }

        Assert.Equal(6 * stored.Config.NumLayers, count);
    }

    private static string Folder(GoldenCase golden) => golden.Folder.Checkpoint(golden.Json.GetProperty("checkpoint").GetString()!.Split(' ')[0]);

    private static T5EncoderModel Load(GoldenCase golden, LoadOptions options)
    {
        var model = new T5EncoderModel(T5Config.Load(Folder(golden)));
        using var weights = WeightSet.Open(Folder(golden), variant: golden.Json.GetProperty("checkpoint").GetString()!.Split(' ')[^1]);
        var report = CheckpointLoader.Load(model, weights, options);
        Assert.Empty(report.Unexpected);
        return model;
    }

    private static Tensor Run(T5EncoderModel model, GoldenTensors tensors)
    {
        using var noGrad = no_grad();
        return model.forward(tensors["input_ids"], tensors["attention_mask"]);
    }

    private float Report(GoldenCase golden, string label, Tensor expected, Tensor actual)
    {
        var error = ((actual.to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();
        output.WriteLine($"{golden}, {label}: relative error to float32 weights {error:g3}");
        return error;
    }
}
