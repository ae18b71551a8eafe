using FloydSharp.IO;
using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>How a component's weights are written as int8.</summary>
public sealed record QuantizeOptions
{
    /// <summary>Which weights become int8.</summary>
    public WeightQuantization Quantization { get; init; } = WeightQuantization.Linears;

    /// <summary>The dtype of weights that must not run in float16 (T5's <c>wo</c>): float32, or bfloat16 for half the size.</summary>
    public ScalarType WideDType { get; init; } = ScalarType.Float32;

    /// <summary>Which files are read; null prefers <c>fp16</c>, which is what the reference quantizes.</summary>
    public string? Variant { get; init; }

    /// <summary>Most tensor bytes in one file; more become several files with an index.</summary>
    public long MaxShardBytes { get; init; } = 10_000_000_000;

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">One is out of range.</exception>
    public void Validate()
    {
        if (WideDType is not (ScalarType.Float32 or ScalarType.BFloat16))
            throw new FloydException($"Weights that must not run in float16 are written as float32 or bfloat16, not {WideDType}.");
        if (MaxShardBytes <= 0)
            throw new FloydException($"The largest file has {MaxShardBytes} bytes; give a number above 0.");
    }
}
