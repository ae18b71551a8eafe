using System.Runtime.InteropServices;
using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>
/// The layout of int8 weights in files, which is bitsandbytes': beside <c>layer.weight</c> (I8) lie <c>layer.SCB</c> (the rows'
/// absolute maxima, F32) and, in newer files, <c>layer.weight_format</c> (U8, 0 for rows as they are).
/// </summary>
internal static class Int8Keys
{
    private const string Weight = ".weight";
    private const string Scales = ".SCB";
    private const string Format = ".weight_format";

    private static readonly string[] _formats = ["row", "col32", "col_turing", "col_ampere"];

    /// <summary>The key of the weight that a key of scales or of a format belongs to; null for other keys.</summary>
    public static string? WeightOf(string key) =>
        key.EndsWith(Scales, StringComparison.Ordinal) ? key[..^Scales.Length] + Weight
        : key.EndsWith(Format, StringComparison.Ordinal) ? key[..^Format.Length] + Weight
        : null;

    /// <summary>The key of a weight's scales.</summary>
    public static string ScalesKey(string weightKey) => Layer(weightKey) + Scales;

    /// <summary>The scales that belong to an entry.</summary>
    /// <returns>Null where the entry is not int8.</returns>
    /// <exception cref="FloydException">It is int8 and has no scales, or unsuitable ones, or another form than rows, or the layer takes no int8 weight.</exception>
    public static WeightLocation? ScalesOf(WeightSet weights, WeightLocation location, Weight weight)
    {
        var entry = location.Entry;
        if (entry.DType != SafetensorsDType.I8)
            return null;
        if (!weight.TakesCompact)
            throw new FloydException($"The weight {entry.Name} is stored as I8, which only linear layers and convolutions are; expected F32, F16 or BF16. Choose another variant of this checkpoint, such as fp16.");
        if (!weights.TryGet(ScalesKey(entry.Name), out var scales))
            throw new FloydException($"The weight {entry.Name} is stored as I8 without its scales {ScalesKey(entry.Name)}; download the files again, or choose another variant of this checkpoint, such as fp16.");
        if (scales.Entry.DType != SafetensorsDType.F32 || !scales.Entry.Shape.SequenceEqual([entry.Shape[0]]))
            throw new FloydException($"The scales {scales.Entry.Name} are [{string.Join(", ", scales.Entry.Shape)}] {scales.Entry.DType.Name()}, expected [{entry.Shape[0]}] F32; download the files again.");
        if (weights.TryGet(Layer(entry.Name) + Format, out var format))
            CheckFormat(format, Layer(entry.Name));
        return scales;
    }

    /// <summary>Checks that what belongs to an int8 weight does.</summary>
    /// <exception cref="FloydException">The weight is missing or not int8.</exception>
    public static void CheckOwner(WeightSet weights, WeightLocation companion, string owner)
    {
        if (!weights.TryGet(owner, out var weight))
            throw new FloydException($"The files hold {companion.Entry.Name} without the weight {owner}; download the files again.");
        if (weight.Entry.DType != SafetensorsDType.I8)
            throw new FloydException($"The files hold {companion.Entry.Name}, but {owner} is stored as {weight.Entry.DType.Name()} where I8 is expected; download the files again.");
    }

    /// <summary>Reads and checks scales.</summary>
    /// <returns>[N], float32, on the CPU; owned by the caller.</returns>
    /// <exception cref="FloydException">One is negative or no finite number.</exception>
    public static Tensor ReadScales(WeightLocation location)
    {
        using var scope = NewDisposeScope();
        var scales = TensorFile.Read(location.File, location.Entry);
        foreach (var scale in MemoryMarshal.Cast<byte, float>(scales.bytes))
        {
            if (!(scale >= 0 && float.IsFinite(scale)))
                throw new FloydException($"The scales {location.Entry.Name} hold {scale}, expected finite numbers from 0 on; the file is damaged, download it again.");
        }

        return scales.MoveToOuterDisposeScope();
    }

    private static string Layer(string weightKey) => weightKey.EndsWith(Weight, StringComparison.Ordinal) ? weightKey[..^Weight.Length] : weightKey;

    private static void CheckFormat(WeightLocation location, string layer)
    {
        if (location.Entry.DType != SafetensorsDType.U8 || location.Entry.ElementCount != 1)
            throw new FloydException($"{location.Entry.Name} is [{string.Join(", ", location.Entry.Shape)}] {location.Entry.DType.Name()}, expected one U8; download the files again.");
        Span<byte> value = stackalloc byte[1];
        location.File.Read(location.Entry, value);
        if (value[0] != 0)
        {
            var name = value[0] < _formats.Length ? $" ({_formats[value[0]]})" : "";
            throw new FloydException($"The layer {layer} is stored in weight format {value[0]}{name}, a private layout of older GPU libraries; only format 0 (row) is read. Save the model again with a newer version, or use another variant.");
        }
    }
}
