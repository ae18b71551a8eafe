using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Quantization;
using FloydSharp.Streaming;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>Lays the weights of a component out on a device.</summary>
internal static class Placer
{
    /// <summary>Weights on the CPU.</summary>
    public static ComponentPlan OnCpu(PlannedComponent component, ComponentWeights weights, PlacementKind placement)
    {
        var dtype = component.CpuDType;
        long resident = 0, mapped = 0, streamed = 0, scratch = 0;
        List<PlannedTensor> converted = [];
        foreach (var tensor in weights.Tensors)
        {
            if (tensor.NewScaleBytes is not null)
            {
                resident += tensor.KeptBytes(dtype);
                scratch = Math.Max(scratch, Widened(tensor, dtype, onGpu: false));
                converted.Add(tensor);
            }
            else if (tensor.IsStoredAs(dtype))
            {
                mapped += tensor.StoredBytes;
            }
            else if (tensor.IsQuantized || (KeepsHalf(tensor, weights, placement)))
            {
                // Rows of a table are looked up as they are stored, and only they are converted; of weights, some rows at a time.
                mapped += tensor.StoredBytes;
                streamed += placement == PlacementKind.Streamed ? tensor.StoredBytes : 0;
                scratch = Math.Max(scratch, tensor.IsTable ? 0 : Widened(tensor, dtype, onGpu: false));
            }
            else
            {
                resident += tensor.ComputedBytes(dtype);
                converted.Add(tensor);
            }
        }

        return Plan(component, weights, onGpu: false, placement, dtype) with
        {
            ResidentBytes = resident,
            MappedBytes = mapped,
            StreamedBytes = streamed,
            ScratchBytes = scratch,
            StagingBytes = Staging(converted),
        };
    }

    // What the loader keeps in 16 bits: beside int8 weights, and where it is told to.
    private static bool KeepsHalf(PlannedTensor tensor, ComponentWeights weights, PlacementKind placement) =>
        (weights.HasInt8Files || placement == PlacementKind.Streamed) && (tensor.IsStreamable || tensor.IsTable) && tensor.StoredBytes < tensor.ComputedBytes(ScalarType.Float32);

    /// <summary>All weights on the GPU.</summary>
    public static ComponentPlan OnGpu(PlannedComponent component, ComponentWeights weights)
    {
        var dtype = component.GpuDType;
        var inRam = TablesInRam(weights);
        var onGpu = weights.Tensors.Except(inRam).ToList();
        return Plan(component, weights, onGpu: true, PlacementKind.Resident, dtype) with
        {
            ResidentBytes = onGpu.Sum(t => t.KeptBytes(dtype)),
            MappedBytes = inRam.Sum(t => t.StoredBytes),
            ScratchBytes = Dequantized(weights, dtype, onGpu: true) + Doubled(component, weights, dtype),
            StagingBytes = DeviceStaging(onGpu),
            TurningBytes = Turning(component, onGpu, weights, dtype),
        };
    }

    // A prompt needs few rows of them. Those that are not mapped are converted, and counted as if they were.
    private static List<PlannedTensor> TablesInRam(ComponentWeights weights) =>
        [.. weights.Tensors.Where(t => t.IsTable && t.StoredBytes >= StreamedModel.LargeTable)];

    /// <summary>As much of the model on the device as fits, the rest streamed through slots.</summary>
    /// <param name="component">The component.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="onGpu">Whether the device is the GPU.</param>
    /// <param name="available">Bytes for resident weights and slots; null for the least that is possible.</param>
    /// <param name="pinned">Bytes of RAM that streamed weights may stay in.</param>
    /// <returns>Null where even the least does not fit, and where weights become int8 while they are loaded.</returns>
    public static ComponentPlan? Streamed(PlannedComponent component, ComponentWeights weights, bool onGpu, long? available, long pinned = 0)
    {
        if (weights.IsQuantizedOnTheWay)
            return null;
        var dtype = onGpu ? component.GpuDType : component.CpuDType;
        var parts = weights.Tensors.Where(t => t.IsStreamable).ToDictionary(t => t.Name, t => new StreamPart(t.Name, t.IsQuantized ? ScalarType.Int8 : t.ComputedIn(dtype), t.Elements));
        var inRam = onGpu ? TablesInRam(weights) : [];
        var others = weights.Tensors.Where(t => !t.IsStreamable).Except(inRam).Sum(t => t.KeptBytes(dtype)) + weights.Tensors.Sum(t => t.ScaleBytes);
        var least = StreamLayout.Smallest(weights.Model, parts, others);
        if (available < least)
            return null;
        var layout = StreamLayout.Choose(weights.Model, parts, others, available ?? least);
        var streamed = layout.Streamed.SelectMany(u => u.Parts).Select(p => p.Name).ToHashSet();
        return Plan(component, weights, onGpu, PlacementKind.Streamed, dtype) with
        {
            ResidentBytes = others + layout.ResidentBytes,
            MappedBytes = inRam.Sum(t => t.StoredBytes),
            StreamedBytes = layout.StreamedBytes,
            PinnedBytes = PinnedUnits.Choose(layout.Streamed, pinned).Sum(u => layout.Streamed[u].PinnedBytes),
            SlotBytes = layout.SlotBytes,
            ScratchBytes = Math.Max(Dequantized(weights, dtype, onGpu), onGpu && !component.IsPlain ? Turned(weights, layout, dtype) : 0) + (onGpu ? Doubled(component, weights, dtype) : 0),
            TurningBytes = onGpu ? Turning(component, Staying(weights, inRam, streamed), weights, dtype) : 0,
            StagingBytes = onGpu ? DeviceStaging(Staying(weights, inRam, streamed)) : Staging([.. weights.Tensors.Where(t => !streamed.Contains(t.Name) && !t.IsStoredAs(dtype))]),
            RingBytes = PlanConstants.StreamRingBytes(onGpu, weights.Tensors.Any(t => streamed.Contains(t.Name) && !t.IsQuantized && !t.IsStoredAs(dtype))),
            StreamedUnits = layout.Streamed.Count,
        };
    }

    // One buffer for each stored dtype, of which only what is read through it is ever touched; what becomes int8 has its own.
    private static long Staging(IReadOnlyList<PlannedTensor> tensors) =>
        tensors.Where(t => t.NewScaleBytes is null).GroupBy(t => t.Stored).Sum(g => Math.Min(PlanConstants.StagingBytes, g.Max(t => t.StoredBytes)))
        + tensors.Where(t => t.NewScaleBytes is not null).Select(t => QuantizedPieces.BytesOf(t.Stored.Bits() / 8, t.Elements)).DefaultIfEmpty().Max();

    // Page-locked buffers for what stays on a GPU, fewer where there is less of it.
    private static long DeviceStaging(IReadOnlyList<PlannedTensor> tensors) =>
        StagingRing.BytesFor(tensors.Where(t => t.NewScaleBytes is null).Sum(t => t.StoredBytes + StagingRing.Alignment)) + Staging([.. tensors.Where(t => t.NewScaleBytes is not null)]);

    private static List<PlannedTensor> Staying(ComponentWeights weights, IReadOnlyList<PlannedTensor> inRam, HashSet<string> streamed) =>
        [.. weights.Tensors.Except(inRam).Where(t => !streamed.Contains(t.Name))];

    // On a GPU kernels read filters in another order than files have them.
    private static HashSet<string> Filters(ComponentWeights weights) =>
        [.. weights.Model.NamedWeights().Where(w => w.Value is { TakesCompact: true, Shape: [_, _, > 1, _] }).Select(w => w.Key)];

    // Weights that stay are turned and converted as they are read.
    private static long Turning(PlannedComponent component, IReadOnlyList<PlannedTensor> staying, ComponentWeights weights, ScalarType dtype)
    {
        var filters = component.IsPlain ? [] : Filters(weights);
        return staying.Where(t => !t.IsQuantized && t.NewScaleBytes is null && (filters.Contains(t.Name) || !t.IsStoredAs(dtype))).Select(t => DeviceReader.RawBytes(t.StoredBytes)).DefaultIfEmpty().Max();
    }

    // Streamed ones at each use, one at a time.
    private static long Turned(ComponentWeights weights, StreamLayout layout, ScalarType dtype)
    {
        var filters = Filters(weights);
        filters.IntersectWith(layout.Streamed.SelectMany(u => u.Parts).Select(p => p.Name));
        return weights.Tensors.Where(t => filters.Contains(t.Name) && !t.IsQuantized).Select(t => t.ComputedBytes(dtype)).DefaultIfEmpty().Max();
    }

    // Sums of the weights that meet the same pixel where pixels are repeated: of those that stay they stay, of streamed ones they are
    // made one at a time. All are counted.
    private static long Doubled(PlannedComponent component, ComponentWeights weights, ScalarType dtype)
    {
        if (component.IsPlain)
            return 0;
        var doubling = weights.Model.SelfAndBelow().OfType<Conv2d>().Where(c => c.Doubles).Select(c => c.Terms().Weight).ToHashSet();
        var names = weights.Model.NamedWeights().Where(w => doubling.Contains(w.Value)).Select(w => w.Key).ToHashSet();
        return (long)(PlanConstants.DoubledFilters * weights.Tensors.Where(t => names.Contains(t.Name) && !t.IsQuantized).Sum(t => t.ComputedBytes(dtype)));
    }

    // Blocks of rows are widened at a time, never a whole weight.
    private static long Dequantized(ComponentWeights weights, ScalarType dtype, bool onGpu) => weights.Tensors
        .Where(t => t.IsQuantized)
        .Select(t => Widened(t, dtype, onGpu))
        .DefaultIfEmpty()
        .Max();

    private static long Widened(PlannedTensor tensor, ScalarType dtype, bool onGpu) => Math.Min(
        tensor.ComputedBytes(dtype),
        onGpu ? CompactProduct.DeviceBlockBytes : tensor.IsFilter ? CompactProduct.ConvolutionBlockBytes : CompactProduct.LinearBlockBytes);

    private static ComponentPlan Plan(PlannedComponent component, ComponentWeights weights, bool onGpu, PlacementKind placement, ScalarType dtype) => new()
    {
        Stage = component.Stage,
        Component = component.Name,
        Folder = component.Folder,
        OnGpu = onGpu,
        DType = dtype,
        Variant = weights.Variant,
        IsQuantized = weights.IsQuantized,
        Placement = placement,
    };
}
