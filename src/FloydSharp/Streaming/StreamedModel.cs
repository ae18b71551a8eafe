using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>Fills models of which not all weights fit into the device's memory.</summary>
internal static class StreamedModel
{
    // Prompts need few rows of a table this large: it stays in RAM, mapped where it can be.
    private const long LargeTable = 16 << 20;

    /// <summary>Fills a model within <see cref="LoadOptions.WeightBudget"/>; where everything fits, as ever.</summary>
    /// <param name="model">The empty model; owns the stream afterwards. Not disposed.</param>
    /// <param name="files">The open files. Owned by the model's stream afterwards, or disposed here.</param>
    /// <param name="options">Device, dtype, budget.</param>
    /// <param name="progress">Told after each weight that stays on the device.</param>
    /// <param name="cancellation">Checked before each weight.</param>
    /// <exception cref="CheckpointException">Weights are missing or have other shapes.</exception>
    /// <exception cref="FloydException">The budget is too small, or a file is damaged.</exception>
    public static void Fill(Layer model, WeightSet files, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        WeightStream? stream = null;
        try
        {
            stream = TryStream(model, files, options, progress, cancellation);
        }
        finally
        {
            if (stream is null)
                files.Dispose();
        }

        if (stream is not null)
            model.Own(stream);
    }

    private static WeightStream? TryStream(Layer model, WeightSet files, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        var (places, report) = CheckpointMatch.Of(model, files);
        if (!report.Fits || options.WeightBudget is not { } budget)
        {
            CheckpointLoader.Load(model, files, options, progress, cancellation);
            return null;
        }

        if (options.Quantization != default)
            throw new FloydException("Weights that are streamed cannot be quantized on the way; quantize the checkpoint ahead of time with floyd quantize, or allow more memory.");
        var known = model as ICheckpointModel;
        var quantized = places.Any(p => p.Scales is not null);
        using var source = new WeightSource(known, options, quantized);
        using var host = new WeightSource(known, options with { Device = CPU, DType = options.EffectiveDType }, quantized);
        var (streamable, fixedPlaces, tables) = Sort(places, source, options.Device);
        var scaleBytes = places.Sum(p => p.Scales?.Entry.Length ?? 0);
        var fixedBytes = scaleBytes + fixedPlaces.Sum(p => p.Entry.ElementCount * StreamedWeight.SizeOf(source.FormOf(p).Kept));
        var layout = StreamLayout.Choose(model, streamable, fixedBytes, budget);

        var streamed = layout.Streamed.SelectMany(u => u.Weights).Select(w => w.Place).ToHashSet();
        Dictionary<StreamedWeight, Tensor> scales = [];
        try
        {
            var (done, total) = (0L, places.Where(p => !streamed.Contains(p)).Sum(p => p.Length));
            foreach (var place in places.Where(p => !streamed.Contains(p)))
            {
                cancellation.ThrowIfCancellationRequested();
                (tables.Contains(place) ? host : source).Fill(place);
                progress?.Report(new(done += place.Length, total));
            }

            foreach (var weight in layout.Streamed.SelectMany(u => u.Weights).Where(w => w.Place.Scales is not null))
                scales[weight] = Int8Keys.ReadScales(weight.Place.Scales!.Value).to(options.Device, disposeAfter: true).DetachFromDisposeScope();
            source.CheckUnchanged();
            host.CheckUnchanged();
            return layout.Streamed.Count == 0 ? null : new(layout, scales, options.Int8Execution, Open(options.Device), files);
        }
        catch
        {
            model.Clear();
            foreach (var own in scales.Values)
                own.Dispose();
            throw;
        }
    }

    private static (Dictionary<string, StreamedWeight> Streamable, List<WeightPlace> Fixed, HashSet<WeightPlace> Tables) Sort(
        IReadOnlyList<WeightPlace> places, WeightSource source, Device device)
    {
        Dictionary<string, StreamedWeight> streamable = [];
        List<WeightPlace> others = [];
        HashSet<WeightPlace> tables = [];
        foreach (var place in places)
        {
            if (place.Weight.TakesCompact)
            {
                var (kept, dtype, compact) = source.FormOf(place);
                streamable[place.Name] = new(place, kept, dtype, compact);
            }
            else if (place.Length >= LargeTable && place.Weight.Shape.Count == 2 && device.type != TorchSharp.DeviceType.CPU)
            {
                tables.Add(place);
            }
            else
            {
                others.Add(place);
            }
        }

        return (streamable, others, tables);
    }

    /// <summary>The queues of a device.</summary>
    internal static IStreamDevice Open(Device device) =>
        device.type == TorchSharp.DeviceType.CPU ? new HostStreamDevice() : new CudaStreamDevice(Math.Max(0, device.index), CudaStreams.Open());
}
