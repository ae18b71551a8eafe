using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>
/// Fills a model from safetensors files by name, one tensor at a time: the peak is the model and its largest tensor.
/// </summary>
public static class CheckpointLoader
{
    /// <summary>Compares keys and shapes without reading any weight.</summary>
    public static CheckpointReport Compare(Layer model, WeightSet weights) => Match(model, weights).Report;

    /// <summary>Fills a model.</summary>
    /// <param name="model">The model; weights that are already filled are replaced. Not disposed.</param>
    /// <param name="weights">The opened files; may be closed afterwards. Not disposed.</param>
    /// <param name="options">Device, dtype, mapping.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellation">Checked before each tensor; the model is cleared when cancelled.</param>
    /// <returns>What was found; unexpected keys are listed, not refused.</returns>
    /// <exception cref="CheckpointException">Weights are missing or have other shapes; nothing was loaded.</exception>
    /// <exception cref="FloydException">A file is damaged or cannot be read; the model is cleared.</exception>
    public static CheckpointReport Load(
        Layer model, WeightSet weights, LoadOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var (pairs, report) = Match(model, weights);
        if (!report.Fits)
        {
            throw new CheckpointException(
                $"The weights in {weights.Path} do not fit the model that config.json describes: {report}. Check that config and weights belong together.", report);
        }

        long mapped = 0, loaded = 0;
        var mappings = new Dictionary<SafetensorsFile, MappedFile>();
        using var staging = new StagingBuffer();
        try
        {
            foreach (var (name, weight, file, entry) in pairs)
            {
                cancellation.ThrowIfCancellationRequested();
                var dtype = TargetDType(model, name, entry, options);
                if (TryMap(file, entry, dtype, options, mappings) is { } inPlace)
                {
                    Fill(weight, inPlace);
                    mapped += entry.Length;
                }
                else
                {
                    Fill(weight, staging.Read(file, entry, dtype, options.Device));
                }

                loaded += entry.Length;
                progress?.Report(new(loaded, report.FileBytes));
            }

            foreach (var file in mappings.Keys)
                file.CheckUnchanged();
        }
        catch
        {
            model.Clear();
            throw;
        }
        finally
        {
            foreach (var mapping in mappings.Values)
                mapping.Release();
        }

        return report with { MappedBytes = mapped };
    }

    private static ScalarType TargetDType(Layer model, string name, SafetensorsEntry entry, LoadOptions options)
    {
        var stored = entry.ToTorch();
        if (!stored.IsFloating())
            throw new FloydException($"The weight {entry.Name} is stored as {entry.DType.Name()}; expected F32, F16 or BF16. Choose another variant of this checkpoint, such as fp16.");
        return model is ICheckpointModel known ? known.DTypeOf(name, options.EffectiveDType) : options.EffectiveDType;
    }

    private static Tensor? TryMap(
        SafetensorsFile file, SafetensorsEntry entry, ScalarType dtype, LoadOptions options, Dictionary<SafetensorsFile, MappedFile> mappings)
    {
        if (!options.MapWeights || options.Device.type != TorchSharp.DeviceType.CPU || entry.ToTorch() != dtype || entry.Length == 0)
            return null;
        if (!mappings.TryGetValue(file, out var mapping))
            mappings[file] = mapping = file.Map();
        return MappedTensor.CanMap(entry, mapping) ? MappedTensor.Create(entry, mapping) : null;
    }

    private static void Fill(Weight weight, Tensor tensor)
    {
        // Shapes that differ by trailing ones only (an old 1x1 convolution kept as a matrix) hold the same numbers.
        if (!tensor.shape.AsSpan().SequenceEqual([.. weight.Shape]))
        {
            using var scope = NewDisposeScope();
            using var old = tensor;
            tensor = old.reshape([.. weight.Shape]).MoveToOuterDisposeScope();
        }

        weight.Fill(tensor);
    }

    private static (List<Pair> Pairs, CheckpointReport Report) Match(Layer model, WeightSet weights)
    {
        var slots = model.NamedWeights().ToDictionary(p => p.Key, p => p.Value);
        var known = model as ICheckpointModel;
        var filled = new HashSet<string>();
        List<Pair> pairs = [];
        List<string> unexpected = [], misshapen = [];
        long bytes = 0;

        foreach (var (file, entry) in weights.Entries)
        {
            var name = known is null ? entry.Name : known.MapKey(entry.Name);
            if (name is null)
                continue;
            if (!slots.TryGetValue(name, out var weight))
            {
                unexpected.Add(entry.Name);
            }
            else if (!SameShape(entry.Shape, weight.Shape))
            {
                filled.Add(name);
                misshapen.Add($"{entry.Name} is [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", weight.Shape)}]");
            }
            else if (filled.Add(name))
            {
                pairs.Add(new(name, weight, file, entry));
                bytes += entry.Length;
            }
        }

        var report = new CheckpointReport
        {
            Missing = [.. slots.Keys.Where(name => !filled.Contains(name))],
            Unexpected = unexpected,
            Misshapen = misshapen,
            FileBytes = bytes,
        };
        return (pairs, report);
    }

    private static bool SameShape(IReadOnlyList<long> stored, IReadOnlyList<long> expected) =>
        WithoutTrailingOnes(stored).SequenceEqual(WithoutTrailingOnes(expected));

    private static IEnumerable<long> WithoutTrailingOnes(IReadOnlyList<long> shape)
    {
        var count = shape.Count;
        while (count > 2 && shape[count - 1] == 1)
            count--;
        return shape.Take(count);
    }

    private sealed record Pair(string Name, Weight Weight, SafetensorsFile File, SafetensorsEntry Entry);
}
