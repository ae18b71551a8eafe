using FloydSharp.Cascade;

namespace FloydSharp.Cli.Output;

/// <summary>Predicted and measured peaks of a phase, in bytes.</summary>
internal sealed record PhaseMemoryReport(int Stage, string Phase, string Component, long? PredictedRam, long MeasuredRam, long? PredictedVram, long? MeasuredVram)
{
    /// <summary>A phase's peaks. The driver's part of the GPU's memory is not in either, because it cannot be measured alone.</summary>
    public static PhaseMemoryReport Of(PhaseMemory memory) => new(
        memory.Stage,
        memory.Phase.ToString().ToLowerInvariant(),
        memory.Component,
        memory.Predicted?.Ram.Total,
        memory.Ram,
        memory.Vram is null ? null : memory.Predicted?.Vram is { } vram ? vram.Total - vram.Base : null,
        memory.Vram);
}
