using FloydSharp.Planning;

namespace FloydSharp.Cli.Output;

/// <summary>What <c>floyd plan --json</c> prints; sizes in bytes.</summary>
internal sealed record PlanReport(
    IReadOnlyList<PlanReportComponent> Components,
    IReadOnlyList<PhasePlan> Phases,
    long RamPeak,
    long? VramPeak,
    MemoryBudget Budget,
    MemoryBudget Smallest)
{
    /// <summary>A plan's report.</summary>
    public static PlanReport Of(MemoryPlan plan) => new(
        [.. plan.Components.Select(PlanReportComponent.Of)], plan.Phases, plan.RamPeak, plan.Budget.Vram is null ? null : plan.VramPeak, plan.Budget, plan.Smallest);
}
