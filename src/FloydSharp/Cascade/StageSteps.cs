using FloydSharp.Pipelines;

namespace FloydSharp.Cascade;

/// <summary>Counts the steps of one request's stage among those of all.</summary>
/// <param name="report">Who is told.</param>
/// <param name="stage">1 to 3.</param>
/// <param name="run">The request.</param>
/// <param name="before">Steps that were done for other requests.</param>
/// <param name="total">Steps for all requests.</param>
internal sealed class StageSteps(CascadeProgress report, int stage, CascadeRun run, int before, int total)
{
    /// <summary>What a pipeline reports its steps to.</summary>
    /// <param name="part">Which of several runs of the pipeline this is, from 0.</param>
    /// <param name="parts">How many there are.</param>
    public IProgress<StepInfo>? Of(int part = 0, int parts = 1) => report.Steps(stage, run, before, total, part, parts);
}
