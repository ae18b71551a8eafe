using FloydSharp.IO;
using FloydSharp.Quantization;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Input;

/// <summary>The value of <c>--quantize</c>.</summary>
internal static class QuantizeText
{
    /// <summary>What the help text says.</summary>
    public const string Description = "Keep weights as int8: linears, or all for convolutions too; a quarter of float32's memory, exact products with the rounded weights (default: as the files have them; floyd quantize makes such files).";

    /// <summary>Options with what was asked for.</summary>
    /// <exception cref="FloydException">The value is not known.</exception>
    public static LoadOptions Apply(string? text, LoadOptions options) => text switch
    {
        null => options,
        "linears" => options with { Quantization = WeightQuantization.Linears },
        "all" => options with { Quantization = WeightQuantization.LinearsAndConvolutions },
        _ => throw new FloydException($"--quantize {text} is not known; use linears or all."),
    };
}
