using System.Text.Json.Serialization;
using FloydSharp.Planning;

namespace FloydSharp.Cli.Output;

/// <summary>A component in <see cref="PlanReport"/>; sizes in bytes.</summary>
internal sealed record PlanReportComponent(
    int Stage,
    string Component,
    string Folder,
    string Device,
    [property: JsonPropertyName("dtype")] string DType,
    string? Variant,
    bool Quantized,
    string Placement,
    long ResidentBytes,
    long MappedBytes,
    long StreamedBytes,
    long PinnedBytes,
    long SlotBytes,
    long ScratchBytes,
    int StreamedUnits,
    long? TileSampleSize)
{
    /// <summary>A component's part of the report.</summary>
    public static PlanReportComponent Of(ComponentPlan plan) => new(
        plan.Stage,
        plan.Component,
        plan.Folder,
        plan.Device,
        plan.DType.ToString().ToLowerInvariant(),
        plan.Variant,
        plan.IsQuantized,
        plan.Placement.ToString().ToLowerInvariant(),
        plan.ResidentBytes,
        plan.MappedBytes,
        plan.StreamedBytes,
        plan.PinnedBytes,
        plan.SlotBytes,
        plan.ScratchBytes,
        plan.StreamedUnits,
        plan.TileSampleSize);
}
