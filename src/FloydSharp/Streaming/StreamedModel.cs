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
    /// <summary>Prompts need few rows of a table of so many bytes in the file: beside a GPU it stays in RAM, mapped where it can be.</summary>
    public const long LargeTable = 16 << 20;

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
            stream = TryStream(model, files, options with { OpenReader = options.OpenReader ?? OpenReader }, progress, cancellation);
        }
        finally
        {
            if (stream is null)
                files.Dispose();
        }

        if (stream is not null)
            model.Own(stream);
    }

    /// <summary>The least <see cref="LoadOptions.WeightBudget"/> that a model can be filled with, from the files' headers alone.</summary>
    /// <param name="model">The model; stays empty. Not disposed.</param>
    /// <param name="files">The open files. Not disposed.</param>
    /// <param name="options">Device, dtype, variant.</param>
    public static long SmallestBudget(Layer model, WeightSet files, LoadOptions options)
    {
        var (places, _) = CheckpointMatch.Of(model, files);
        using var source = new WeightSource(model as ICheckpointModel, options, places.Any(p => p.Scales is not null));
        var (streamable, _, fixedBytes) = Sort(places, source, options.Device);
        return StreamLayout.Smallest(model, PartsOf(streamable), fixedBytes);
    }

    /// <summary>A budget for the next try after memory ran out: about half of what the weights took.</summary>
    /// <param name="model">The model; stays empty. Not disposed.</param>
    /// <param name="files">The open files. Not disposed.</param>
    /// <param name="options">As the model was filled.</param>
    /// <returns>Null where nothing is left to be streamed.</returns>
    public static long? LowerBudget(Layer model, WeightSet files, LoadOptions options)
    {
        if (options.Quantization != default)
            return null;
        var (places, _) = CheckpointMatch.Of(model, files);
        using var source = new WeightSource(model as ICheckpointModel, options, places.Any(p => p.Scales is not null));
        var (streamable, _, fixedBytes) = Sort(places, source, options.Device);
        var smallest = StreamLayout.Smallest(model, PartsOf(streamable), fixedBytes);
        var now = Math.Min(options.WeightBudget ?? long.MaxValue, fixedBytes + streamable.Values.Sum(w => w.Part.Bytes));
        return now > smallest ? Math.Max(smallest, now / 2) : null;
    }

    private static WeightStream? TryStream(Layer model, WeightSet files, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        var (places, report) = CheckpointMatch.Of(model, files);
        if (!report.Fits || options.WeightBudget is not { } budget)
        {
            CheckpointLoader.Load(model, files, options, progress, cancellation);
            return null;
        }

        var known = model as ICheckpointModel;
        var quantized = places.Any(p => p.Scales is not null);
        using var source = new WeightSource(known, options, quantized);
        using var host = new WeightSource(known, options with { Device = CPU, DType = options.EffectiveDType, Rooms = null, OpenReader = null }, quantized);
        var (streamable, tables, fixedBytes) = Sort(places, source, options.Device);
        var layout = StreamLayout.Choose(model, PartsOf(streamable), fixedBytes, budget);

        if (options.Quantization != default && layout.Streamed.Count > 0)
            throw new FloydException("Weights that are streamed cannot be quantized on the way; quantize the checkpoint ahead of time with floyd quantize, or allow more memory.");
        var streamed = layout.Streamed.SelectMany(u => u.Parts).Select(p => streamable[p.Name].Place).ToHashSet();
        Dictionary<string, Tensor> scales = [];
        try
        {
            var (done, total) = (0L, places.Where(p => !streamed.Contains(p)).Sum(p => p.Length));
            foreach (var place in places.Where(p => !streamed.Contains(p)))
            {
                cancellation.ThrowIfCancellationRequested();
                (tables.Contains(place) ? host : source).Fill(place);
                progress?.Report(new(done += place.Length, total));
            }

            foreach (var place in streamed.Where(p => p.Scales is not null))
                scales[place.Name] = Int8Keys.ReadScales(place.Scales!.Value).to(options.Device, disposeAfter: true).DetachFromDisposeScope();
            source.CheckUnchanged();
            host.CheckUnchanged();
            // The stream has buffers of its own.
            source.Finish();
            host.Finish();
            return layout.Streamed.Count == 0 ? null : new(layout, streamable, scales, options.Int8Execution, (options.OpenStreams ?? Open)(options.Device), files, options.PinnedBudget, Warn(progress));
        }
        catch
        {
            source.Finish();
            model.Clear();
            foreach (var own in scales.Values)
                own.Dispose();
            throw;
        }
    }

    private static Action<string>? Warn(IProgress<LoadProgress>? progress) => progress is null ? null : text => progress.Report(new(0, 0) { Warning = text });

    // What can be streamed, the tables that stay in RAM, and the bytes on the device that all others take.
    private static (Dictionary<string, StreamedWeight> Streamable, HashSet<WeightPlace> Tables, long FixedBytes) Sort(
        IReadOnlyList<WeightPlace> places, WeightSource source, Device device)
    {
        Dictionary<string, StreamedWeight> streamable = [];
        HashSet<WeightPlace> tables = [];
        long fixedBytes = 0;
        foreach (var place in places)
        {
            var (kept, dtype, compact) = source.FormOf(place);
            fixedBytes += place.Scales?.Entry.Length ?? 0;
            if (place.Weight.TakesCompact)
                streamable[place.Name] = new(place, kept, dtype, compact);
            else if (device.type != TorchSharp.DeviceType.CPU && place.Weight.IsTable && place.Length >= LargeTable)
                tables.Add(place);
            else
                fixedBytes += place.Entry.ElementCount * StreamPart.SizeOf(kept);
        }

        return (streamable, tables, fixedBytes);
    }

    private static Dictionary<string, StreamPart> PartsOf(Dictionary<string, StreamedWeight> weights) => weights.ToDictionary(w => w.Key, w => w.Value.Part);

    /// <summary>What brings weights to a GPU that stay there; null for the CPU, and where no memory of the host can be page-locked.</summary>
    private static DeviceReader? OpenReader(Device device) => device.type == TorchSharp.DeviceType.CPU ? null : DeviceReader.TryOpen(Open(device));

    /// <summary>The queues of a device.</summary>
    internal static IStreamDevice Open(Device device) =>
        device.type == TorchSharp.DeviceType.CPU ? new HostStreamDevice() : new CudaStreamDevice(Math.Max(0, device.index), CudaStreams.Open());
}
