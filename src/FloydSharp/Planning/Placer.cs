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
            if (tensor.IsStoredAs(dtype))
            {
                mapped += tensor.StoredBytes;
            }
            else if (tensor.IsQuantized || placement == PlacementKind.Streamed)
            {
                // Rows of a table are looked up as they are stored, and only they are converted.
                mapped += tensor.StoredBytes;
                streamed += placement == PlacementKind.Streamed ? tensor.StoredBytes : 0;
                scratch = Math.Max(scratch, tensor.IsTable ? 0 : tensor.ComputedBytes(dtype));
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

    /// <summary>All weights on the GPU.</summary>
    public static ComponentPlan OnGpu(PlannedComponent component, ComponentWeights weights)
    {
        var dtype = component.GpuDType;
        return Plan(component, weights, onGpu: true, PlacementKind.Resident, dtype) with
        {
            ResidentBytes = weights.Tensors.Sum(t => t.KeptBytes(dtype)),
            ScratchBytes = Dequantized(weights, dtype),
            StagingBytes = Staging(weights.Tensors),
        };
    }

    /// <summary>As many layers on the GPU as fit, the others streamed.</summary>
    /// <param name="component">The component.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="available">Bytes for resident layers and slots; null for the least that is possible.</param>
    /// <returns>Null where even the least does not fit.</returns>
    public static ComponentPlan? StreamedToGpu(PlannedComponent component, ComponentWeights weights, long? available)
    {
        var dtype = component.GpuDType;
        var units = weights.Tensors.GroupBy(t => t.Unit).Select(g => (Name: g.Key, Bytes: g.Sum(t => t.KeptBytes(dtype)))).ToList();
        var all = units.Sum(u => u.Bytes);
        // Units above the slots' size are resident; the rest fills what the slots leave.
        (long Slot, long Resident)? best = null;
        foreach (var slot in units.Select(u => u.Bytes).Distinct().OrderDescending())
        {
            var above = units.Where(u => u.Bytes > slot).Sum(u => u.Bytes);
            var room = available - (2 * slot) ?? above;
            if (room < above)
                continue;
            var resident = Math.Min(room, all);
            var better = available is null ? best is null || (2 * slot) + above < (2 * best.Value.Slot) + best.Value.Resident : best is null || resident > best.Value.Resident;
            if (better)
                best = (slot, resident);
        }

        if (best is not { } chosen)
            return null;
        var streamed = Spread(units, chosen.Slot, all - chosen.Resident);
        var streamedBytes = units.Where(u => streamed.Contains(u.Name)).Sum(u => u.Bytes);
        return Plan(component, weights, onGpu: true, PlacementKind.Streamed, dtype) with
        {
            ResidentBytes = all - streamedBytes,
            StreamedBytes = streamedBytes,
            SlotBytes = streamed.Count == 0 ? 0 : 2 * units.Where(u => streamed.Contains(u.Name)).Max(u => u.Bytes),
            ScratchBytes = Dequantized(weights, dtype),
            StagingBytes = PlanConstants.StreamRingBytes,
            StreamedUnits = [.. units.Select(u => u.Name).Where(streamed.Contains)],
        };
    }

    // Evenly between the resident ones, so that each copy has something to hide behind.
    private static HashSet<string> Spread(List<(string Name, long Bytes)> units, long slot, long need)
    {
        HashSet<string> streamed = [];
        var small = units.Where(u => u.Bytes <= slot).ToList();
        var share = need / (double)Math.Max(1, small.Sum(u => u.Bytes));
        var (wanted, done) = (0.0, 0L);
        foreach (var (name, bytes) in small)
        {
            wanted += bytes * share;
            if (done + (bytes / 2) > wanted)
                continue;
            streamed.Add(name);
            done += bytes;
        }

        foreach (var (name, bytes) in small.Where(u => !streamed.Contains(u.Name)).OrderBy(u => u.Bytes).ToList())
        {
            if (done >= need)
                break;
            streamed.Add(name);
            done += bytes;
        }

        return streamed;
    }

    // One buffer for each stored dtype, of which only what is read through it is ever touched.
    private static long Staging(IEnumerable<PlannedTensor> tensors) =>
        tensors.GroupBy(t => t.Stored).Sum(g => Math.Min(PlanConstants.StagingBytes, g.Max(t => t.StoredBytes)));

    private static long Dequantized(ComponentWeights weights, ScalarType dtype) =>
        weights.Tensors.Where(t => t.IsQuantized).Select(t => t.ComputedBytes(dtype)).DefaultIfEmpty().Max();

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
