using FloydSharp.IO;

namespace FloydSharp.Planning;

/// <summary>
/// Which component of a run sits where, in which form, and how much RAM and VRAM each phase will need: known from headers and
/// configurations before anything is loaded. One model is in memory at a time, so each component may use all of the budget.
/// </summary>
/// <param name="Components">The components, in the order of the run.</param>
/// <param name="Phases">The phases, in order.</param>
/// <param name="Budget">What may be used.</param>
/// <param name="Smallest">The smallest budget that would do: the least VRAM, and the least RAM with it.</param>
public sealed record MemoryPlan(
    IReadOnlyList<ComponentPlan> Components, IReadOnlyList<PhasePlan> Phases, MemoryBudget Budget, MemoryBudget Smallest)
{
    /// <summary>The largest predicted anonymous and page-locked memory of the process, in bytes.</summary>
    public long RamPeak => Phases.Select(p => p.Ram.Total).DefaultIfEmpty().Max();

    /// <summary>The largest predicted memory of the GPU, in bytes; 0 without one.</summary>
    public long VramPeak => Phases.Select(p => p.Vram.Total).DefaultIfEmpty().Max();

    /// <summary>Chooses for each component the fastest way that fits.</summary>
    /// <param name="components">What the run needs, in its order.</param>
    /// <param name="budget">What may be used; <see cref="MemoryBudget.Vram"/> is null for a run on the CPU.</param>
    /// <param name="support">What can be run.</param>
    /// <exception cref="FloydException">Something does not fit, however it is placed; the message has the numbers and the smallest budget that would do.</exception>
    public static MemoryPlan Choose(IReadOnlyList<PlannedComponent> components, MemoryBudget budget, PlacementSupport support = PlacementSupport.All)
    {
        var gpu = budget.Vram is not null;
        var smallest = SmallestFor(components, gpu, support);
        List<PlanStep> steps = [];
        foreach (var component in components)
        {
            steps.Add(PlanStep.Of(component, budget, gpu, support).FirstOrDefault(s => budget.Holds(s.Ram, s.Vram))
                ?? throw Refusal(component, budget, smallest, gpu, support));
        }

        return new([.. steps.Select(s => s.Component)], [.. steps.SelectMany(s => s.Phases)], budget, smallest);
    }

    /// <summary>What a phase was predicted to need.</summary>
    /// <param name="stage">1 to 3; 0 for the text encoder.</param>
    /// <param name="phase">load, encode, denoise, finish or decode.</param>
    /// <param name="component">The component concerned.</param>
    /// <returns>Null for a phase that is not planned.</returns>
    public PhasePlan? Find(int stage, string phase, string component) =>
        Phases.FirstOrDefault(p => p.Stage == stage && p.Phase == phase && p.Component == component);

    private static MemoryBudget SmallestFor(IReadOnlyList<PlannedComponent> components, bool gpu, PlacementSupport support)
    {
        var steps = components.Select(c => PlanStep.Of(c, null, gpu, support).ToList()).ToList();
        var vram = steps.Select(s => s.Min(p => p.Vram)).DefaultIfEmpty().Max();
        var ram = steps.Select(s => s.Where(p => p.Vram <= vram).Min(p => p.Ram)).DefaultIfEmpty().Max();
        return new(ram, gpu ? vram : null);
    }

    private static FloydException Refusal(PlannedComponent component, MemoryBudget budget, MemoryBudget smallest, bool gpu, PlacementSupport support)
    {
        // The way that lacks least, of those that keep within the other limit where there are some.
        var steps = PlanStep.Of(component, null, gpu, support).ToList();
        var step = steps.MinBy(s => Math.Max(0, s.Ram - budget.Ram) + Math.Max(0, s.Vram - (budget.Vram ?? 0)))!;
        var ofRam = step.Ram > budget.Ram;
        var phase = ofRam ? step.Phases.MaxBy(p => p.Ram.Total)! : step.Phases.MaxBy(p => p.Vram.Total)!;
        var parts = ofRam ? phase.Ram : phase.Vram;
        var where = component.Stage == 0 ? "the text encoder" : $"stage {component.Stage switch { 1 => "I", 2 => "II", _ => "III" }}'s {component.Name}";
        var least = $"{ByteSize.FormatUp(smallest.Ram)} of RAM{(smallest.Vram is { } vram ? $" and {ByteSize.FormatUp(vram)} of VRAM" : "")}";
        return new(
            $"The run does not fit into memory: to {phase.Phase}, {where} needs at least {ByteSize.Format(parts.Total)} of {(ofRam ? "RAM" : "VRAM")} ({Describe(parts, ofRam)}), "
            + $"and {ByteSize.Format(ofRam ? budget.Ram : budget.Vram ?? 0)} may be used; the smallest budget for this run is {least}. Allow more, or ask for smaller or fewer pictures{(component.Variants.Any(v => v.IsQuantizedOnTheWay) ? ", or quantize the checkpoint ahead of time with floyd quantize, so that it can be streamed" : "")}.");
    }

    private static string Describe(MemoryParts parts, bool ofRam) => string.Join(", ", new[]
    {
        (Name: ofRam ? "the process" : "CUDA", Bytes: parts.Base),
        (Name: "weights", Bytes: parts.Weights),
        (Name: "buffers", Bytes: parts.Buffers),
        (Name: "activations", Bytes: parts.Activations),
        (Name: "results", Bytes: parts.Results),
    }.Where(p => p.Bytes >= 1 << 20).Select(p => $"{p.Name} {ByteSize.Format(p.Bytes)}"));
}
