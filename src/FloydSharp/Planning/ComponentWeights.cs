using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Quantization;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>The weights of one variant of a component, from the headers of its files.</summary>
/// <param name="Variant">The variant's name; null for the plain files.</param>
/// <param name="Model">The empty model. Not owned.</param>
/// <param name="Tensors">Its tensors, in the model's order.</param>
public sealed record ComponentWeights(string? Variant, Layer Model, IReadOnlyList<PlannedTensor> Tensors)
{
    private const string Scales = ".SCB";
    private const string Format = ".weight_format";

    /// <summary>Whether some of it is kept in 8 bits.</summary>
    public bool IsQuantized => Tensors.Any(t => t.IsQuantized);

    /// <summary>Whether some of it becomes int8 while it is loaded; then nothing of it is streamed.</summary>
    internal bool IsQuantizedOnTheWay => Tensors.Any(t => t.NewScaleBytes is not null);

    /// <summary>Whether some of it is int8 in the files: other weights then stay in 16 bits too.</summary>
    internal bool HasInt8Files => Tensors.Any(t => t.ScaleBytes > 0);

    /// <summary>
    /// Whether convolutions are computed by libtorch's operators alone, because they are kept in fewer bits: in 8, or on a CPU in 16,
    /// beside weights that are int8 in the files.
    /// </summary>
    /// <param name="onGpu">Whether on a GPU.</param>
    internal bool HasCompactFilters(bool onGpu) =>
        Tensors.Any(t => t.IsFilter && (t.IsQuantized || (!onGpu && HasInt8Files && t.Stored != SafetensorsDType.F32)));

    /// <summary>Bytes in the files.</summary>
    public long StoredBytes => Tensors.Sum(t => t.StoredBytes);

    /// <summary>Reads the headers of a component's files; no weight is read.</summary>
    /// <param name="model">The model, which need not be filled. Not disposed.</param>
    /// <param name="folder">The component's folder.</param>
    /// <param name="variant">The variant; null for the plain files.</param>
    /// <param name="quantization">Which floating-point weights will become int8 while they are loaded.</param>
    /// <exception cref="CheckpointException">Weights are missing or have other shapes.</exception>
    /// <exception cref="IO.FloydException">The files are missing or damaged.</exception>
    public static ComponentWeights Read(Layer model, string folder, string? variant, WeightQuantization quantization = default)
    {
        using var weights = WeightSet.Open(folder, variant: variant);
        return new(variant, model, Match(model, weights, quantization));
    }

    private static List<PlannedTensor> Match(Layer model, WeightSet weights, WeightQuantization quantization)
    {
        var entries = new Dictionary<string, (SafetensorsEntry Entry, long ScaleBytes)>();
        foreach (var (_, entry) in weights.Entries)
        {
            if (entry.Name.EndsWith(Scales, StringComparison.Ordinal) || entry.Name.EndsWith(Format, StringComparison.Ordinal))
                continue;
            if ((model as ICheckpointModel)?.MapKey(entry.Name) is var mapped && (mapped ?? (model is ICheckpointModel ? null : entry.Name)) is { } name)
                entries.TryAdd(name, (entry, ScalesOf(weights, entry)));
        }

        List<PlannedTensor> tensors = [];
        List<string> missing = [], misshapen = [];
        foreach (var (name, weight) in model.NamedWeights())
        {
            if (!entries.TryGetValue(name, out var found))
                missing.Add(name);
            else if (found.Entry.ElementCount != weight.ElementCount)
                misshapen.Add($"{found.Entry.Name} is [{string.Join(", ", found.Entry.Shape)}], expected [{string.Join(", ", weight.Shape)}]");
            else
                tensors.Add(new(name, found.Entry.DType, weight.ElementCount, found.ScaleBytes, weight.IsTable, weight.TakesCompact, KeepsFloat32(model, name))
                {
                    NewScaleBytes = found.Entry.DType != SafetensorsDType.I8 && QuantizationRule.Takes(quantization, model as ICheckpointModel, name, weight) ? weight.Shape[0] * sizeof(float) : null,
                    IsFilter = weight is { TakesCompact: true, Shape.Count: > 2 },
                });
        }

        if (missing.Count + misshapen.Count == 0)
            return tensors;
        var report = new CheckpointReport { Missing = missing, Unexpected = [], Misshapen = misshapen, FileBytes = 0 };
        throw new CheckpointException($"The weights in {weights.Path} do not fit the model that config.json describes: {report}. Check that config and weights belong together.", report);
    }

    private static long ScalesOf(WeightSet weights, SafetensorsEntry entry)
    {
        const string weight = ".weight";
        return entry.DType == SafetensorsDType.I8 && entry.Name.EndsWith(weight, StringComparison.Ordinal)
            && weights.TryGet(entry.Name[..^weight.Length] + Scales, out var scales) ? scales.Entry.Length : 0;
    }

    private static bool KeepsFloat32(Layer model, string name) =>
        (model as ICheckpointModel)?.DTypeOf(name, ScalarType.Float16) == ScalarType.Float32;
}
