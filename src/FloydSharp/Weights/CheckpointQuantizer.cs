using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.IO.Json;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>
/// Writes a component's weights as int8 files in the layout of bitsandbytes (the <c>8bit</c> variant), piece by piece: memory
/// holds some rows at a time, however large the model is.
/// </summary>
public static class CheckpointQuantizer
{
    /// <summary>The variant in the names of the files that are written.</summary>
    public const string Variant = "8bit";

    /// <summary>Writes weights.</summary>
    /// <param name="model">The component's model; needs no weights. Not disposed.</param>
    /// <param name="folder">The component's folder.</param>
    /// <param name="output">An existing folder, which may be the same one.</param>
    /// <param name="options">Which weights, in which form.</param>
    /// <param name="progress">Told after each tensor; in bytes written.</param>
    /// <param name="cancellation">Checked before each tensor; nothing is left behind when cancelled.</param>
    /// <exception cref="CheckpointException">Weights are missing or have other shapes.</exception>
    /// <exception cref="FloydException">Files are missing, damaged or pickles, or names are taken; nothing was written.</exception>
    public static QuantizeReport Write(
        Layer model, string folder, string output, QuantizeOptions? options = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        options.Validate();
        var variant = options.Variant ?? (WeightSet.Variants(folder).Contains(WeightVariant.Fp16) ? WeightVariant.Fp16 : "");
        using var weights = WeightSet.Open(folder, variant: variant);
        var (places, report) = CheckpointMatch.Of(model, weights);
        if (!report.Fits)
        {
            throw new CheckpointException(
                $"The weights in {weights.Path} do not fit the model that config.json describes: {report}. Check that config and weights belong together.", report);
        }

        var known = model as ICheckpointModel;
        var quantized = places.Where(p => p.Scales is not null || QuantizationRule.Takes(options.Quantization, known, p.Name, p.Weight)).ToHashSet();
        List<SafetensorsTensorSource> sources = [.. places.SelectMany(p => quantized.Contains(p) ? Int8Sources(p) : [FloatSource(p, known, options)])];
        var (done, total) = (0L, sources.Sum(s => s.Length));
        var counted = sources.Select(s => new SafetensorsTensorSource(s.Name, s.DType, s.Shape, stream =>
        {
            cancellation.ThrowIfCancellationRequested();
            s.Write(stream);
            done += s.Length;
            progress?.Report(new(done, total));
        }));
        var baseName = WeightSet.DefaultBaseNames.First(b => Path.GetFileName(weights.Path).StartsWith(b, StringComparison.Ordinal));
        var files = ShardedSafetensorsWriter.Write(
            output, baseName, counted, options.MaxShardBytes, Variant, new Dictionary<string, string> { ["format"] = "pt" });
        return new(files, variant, quantized.Count, places.Count, report.FileBytes, total);
    }

    /// <summary>A component's config.json with a section that says to other programs how the weights are quantized.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="model">Its model; names what stays floating point. Not disposed.</param>
    /// <returns>The text of the file.</returns>
    /// <exception cref="FloydException">The file is missing or damaged.</exception>
    public static string Config(string folder, Layer model)
    {
        var config = ConfigFile.Load(folder);
        var kept = model.NamedWeights()
            .Where(w => w.Value.TakesCompact && model is ICheckpointModel known && known.KeepsFloat(w.Key))
            .Select(w => ModuleName(w.Key))
            .Distinct();
        config.Values["quantization_config"] = new JsonObject
        {
            ["quant_method"] = "bitsandbytes",
            ["load_in_8bit"] = true,
            ["load_in_4bit"] = false,
            ["llm_int8_threshold"] = 6.0,
            ["llm_int8_skip_modules"] = new JsonArray([.. kept.Select(k => (JsonNode)k)]),
        };
        return config.Values.ToJsonString(new() { WriteIndented = true }) + "\n";
    }

    // Skipped modules are matched by a part of their path: T5's by the layer's own name, which repeats in each block.
    private static string ModuleName(string weight)
    {
        var path = weight[..weight.LastIndexOf('.')];
        return path.Contains(".block.", StringComparison.Ordinal) ? path[(path.LastIndexOf('.') + 1)..] : path;
    }

    private static IEnumerable<SafetensorsTensorSource> Int8Sources(WeightPlace place)
    {
        var (file, entry) = (place.File, place.Entry);
        if (place.Scales is { } scales)
        {
            yield return CopySource(file, entry);
            yield return CopySource(scales.File, scales.Entry);
            yield break;
        }

        yield return new(entry.Name, SafetensorsDType.I8, entry.Shape, stream => WritePieces(file, entry, stream, p => p.Values));
        yield return new(Int8Keys.ScalesKey(entry.Name), SafetensorsDType.F32, [entry.Shape[0]], stream => WritePieces(file, entry, stream, p => p.Scales));
    }

    private static void WritePieces(SafetensorsFile file, SafetensorsEntry entry, Stream stream, Func<QuantizedPieces, Tensor> part)
    {
        foreach (var piece in QuantizedPieces.Read(file, entry))
        {
            using (piece)
                stream.Write(part(piece).bytes);
        }
    }

    private static SafetensorsTensorSource FloatSource(WeightPlace place, ICheckpointModel? known, QuantizeOptions options)
    {
        var (file, entry) = (place.File, place.Entry);
        var wide = known is not null && known.DTypeOf(place.Name, ScalarType.Float16) != ScalarType.Float16;
        if (!wide || entry.ToTorch() == options.WideDType)
            return CopySource(file, entry);
        return new(entry.Name, options.WideDType.ToSafetensors(), entry.Shape, stream => Convert(file, entry, options.WideDType, stream));
    }

    private static SafetensorsTensorSource CopySource(SafetensorsFile file, SafetensorsEntry entry) =>
        new(entry.Name, entry.DType, entry.Shape, stream => Convert(file, entry, entry.ToTorch(), stream));

    private static void Convert(SafetensorsFile file, SafetensorsEntry entry, ScalarType dtype, Stream stream)
    {
        const long Piece = 4 << 20;
        using var buffer = empty(Math.Min(Piece, entry.ElementCount), entry.ToTorch());
        for (var start = 0L; start < entry.ElementCount; start += Piece)
        {
            var count = Math.Min(Piece, entry.ElementCount - start);
            TensorFile.ReadInto(buffer, file, entry, start * buffer.ElementSize, count * buffer.ElementSize);
            using var read = buffer.narrow(0, 0, count);
            using var converted = read.to(dtype, copy: true);
            stream.Write(converted.bytes);
        }
    }
}
