using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Which variant of a component's files is read when a folder holds several.</summary>
public static class WeightVariant
{
    /// <summary>The half-precision variant.</summary>
    public const string Fp16 = "fp16";

    /// <summary>
    /// The variant asked for, or the plain files where this component lacks it and another one of the checkpoint has it; where
    /// none was asked for, <c>fp16</c> when the weights are wanted in 16 bits (half the reading) or when there is
    /// nothing else; the only variant where there is but one, as after a download of just that; else the plain files.
    /// </summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="options">What was asked for.</param>
    /// <returns>The variant's name; null for the plain files.</returns>
    public static string? Choose(string folder, LoadOptions options)
    {
        var there = WeightSet.Variants(folder);
        if (options.Variant is { Length: > 0 } asked)
            return there.Contains(asked) || !there.Contains("") || !SiblingHas(folder, asked) ? asked : null;
        if (!there.Contains(Fp16))
            return there is [{ Length: > 0 } only] ? only : null;
        var wantsHalf = options.EffectiveDType == ScalarType.Float16;
        return wantsHalf || !there.Contains("") ? Fp16 : null;
    }

    // A name that no component knows is a mistake and stays an error.
    private static bool SiblingHas(string folder, string variant)
    {
        var checkpoint = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return checkpoint is not null
            && File.Exists(Path.Combine(checkpoint, "model_index.json"))
            && Directory.EnumerateDirectories(checkpoint).Any(d => WeightSet.Variants(d).Contains(variant));
    }
}
