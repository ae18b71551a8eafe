using FloydSharp.Streaming;

namespace FloydSharp.Planning;

/// <summary>One way to run a component, with what its phases then need.</summary>
/// <param name="Component">Where it sits.</param>
/// <param name="Phases">Loading and running.</param>
internal sealed record PlanStep(ComponentPlan Component, IReadOnlyList<PhasePlan> Phases)
{
    /// <summary>Peak of the process's anonymous and page-locked memory.</summary>
    public long Ram => Phases.Max(p => p.Ram.Total);

    /// <summary>Peak of the GPU's memory.</summary>
    public long Vram => Phases.Max(p => p.Vram.Total);

    /// <summary>The ways to run a component, from the fastest to the smallest.</summary>
    /// <param name="component">The component.</param>
    /// <param name="budget">What may be used; streamed layers fill it. Null for the least that is possible.</param>
    /// <param name="gpu">Whether there is a GPU that the run is for.</param>
    /// <param name="support">What can be run.</param>
    public static IEnumerable<PlanStep> Of(PlannedComponent component, MemoryBudget? budget, bool gpu, PlacementSupport support)
    {
        // What changes pixels, even a little, comes after what changes time alone.
        foreach (var work in component.Work)
        {
            foreach (var plan in Placements(component, work, budget, gpu, support))
                yield return new(plan with { TileSampleSize = (work as ModelWork.VaeDecode)?.TileSampleSize }, Phase(component, plan, work, gpu));
        }
    }

    private static IEnumerable<ComponentPlan> Placements(PlannedComponent component, ModelWork work, MemoryBudget? budget, bool gpu, PlacementSupport support)
    {
        var variants = component.Variants.Where((v, i) => i == 0 || !v.IsQuantized || support.HasFlag(PlacementSupport.EightBit)).ToList();
        var streams = support.HasFlag(PlacementSupport.Streamed);
        if (gpu)
        {
            foreach (var weights in variants)
                yield return Placer.OnGpu(component, weights);
            foreach (var weights in streams ? variants : [])
            {
                if (Streamed(component, weights, work, budget, gpu, onGpu: true) is { } plan)
                    yield return plan;
            }
        }

        if (gpu && !(component.MayRunOnCpu && support.HasFlag(PlacementSupport.TextOnCpu)))
            yield break;
        foreach (var weights in variants)
            yield return Placer.OnCpu(component, weights, PlacementKind.Resident);
        foreach (var weights in streams ? variants : [])
        {
            // Text is encoded once: its weights are widened where they are mapped. Others are used again and again, and keep their bits.
            if (component.Stage == 0)
                yield return Placer.OnCpu(component, weights, PlacementKind.Streamed);
            else if (Streamed(component, weights, work, budget, gpu, onGpu: false) is { } plan)
                yield return plan;
        }
    }

    private static ComponentPlan? Streamed(PlannedComponent component, ComponentWeights weights, ModelWork work, MemoryBudget? budget, bool gpu, bool onGpu)
    {
        if (Placer.Streamed(component, weights, onGpu, null) is not { } least)
            return null;
        var phase = Phase(component, least, work, gpu)[1];
        var rest = (onGpu ? phase.Vram.Total : phase.Ram.Total) - least.ResidentBytes - least.SlotBytes;
        var limit = onGpu ? budget?.Vram : budget?.Ram;
        if (limit is not { } most)
            return least;
        var room = Math.Max(0, Math.Min(most, long.MaxValue / 2) - rest);
        // Streamed weights would fill the card to its last byte, and its pool grows by large pieces.
        var available = onGpu ? Math.Max(Math.Min(room, least.ResidentBytes + least.SlotBytes), room - PlanConstants.PoolBytes) : room;
        var plan = Placer.Streamed(component, weights, onGpu, available);
        if (!onGpu || component.Passes < PlanConstants.FewestPinnedPasses || plan is not { SlotBytes: > 0 })
            return plan;
        var beside = budget!.PinnedBeside(Phase(component, plan, work, gpu).Max(p => p.Ram.Total));
        return beside < PlanConstants.FewestPinnedBytes ? plan : Placer.Streamed(component, weights, onGpu, available, beside);
    }

    private static PhasePlan[] Phase(PlannedComponent component, ComponentPlan plan, ModelWork work, bool gpu)
    {
        var (ram, vram) = (PlanConstants.Of(gpu).ProcessBase, gpu ? PlanConstants.Cuda.Context : 0);
        var activations = work.ActivationBytes(plan.DType, plan.OnGpu, component.IsPlain || component.Variants.First(v => v.Variant == plan.Variant).HasCompactFilters(plan.OnGpu));
        var (residentRam, residentVram) = plan.OnGpu ? (0L, plan.ResidentBytes) : (plan.ResidentBytes, 0L);
        var slots = plan.OnGpu ? 0 : plan.SlotBytes;
        // Streamed weights come with their first use, but the first of them at once, when all others are there.
        var firstSlot = slots / StreamLayout.SlotCount;
        var firstPinned = Math.Min(plan.PinnedBytes, plan.SlotBytes / StreamLayout.SlotCount);
        var onGpu = new MemoryParts(vram, residentVram, plan.OnGpu ? plan.SlotBytes + plan.ScratchBytes : 0, plan.OnGpu ? activations : 0, 0);
        return
        [
            new(
                component.Stage,
                "load",
                component.Name,
                new(ram, residentRam, Math.Max(plan.StagingBytes, plan.RingBytes + firstSlot + firstPinned), 0, component.ResultBytes),
                new(vram, residentVram, plan.OnGpu ? plan.SlotBytes + plan.TurningBytes : 0, 0, 0),
                plan.MappedBytes),
            new(
                component.Stage,
                component.Phase,
                component.PhaseName ?? component.Name,
                new(ram, residentRam + plan.PinnedBytes, plan.RingBytes + slots + (plan.OnGpu ? 0 : plan.ScratchBytes), plan.OnGpu ? 0 : activations, component.ResultBytes + component.MadeBytes),
                onGpu,
                plan.MappedBytes),
        ];
    }
}
