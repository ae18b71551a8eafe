using FloydSharp.Cascade;
using FloydSharp.Pipelines;

namespace FloydSharp.Eval.Generation;

/// <summary>What the command line changes in a folder's own settings.</summary>
internal sealed record SamplingChanges
{
    /// <summary>Scheduler of stages I and II.</summary>
    public string? Scheduler { get; init; }

    /// <summary>Steps by stage; the last number counts for the stages after it.</summary>
    public IReadOnlyList<int> Steps { get; init; } = [];

    /// <summary>Guidance by stage; stages after the last number keep theirs.</summary>
    public IReadOnlyList<double> Guidance { get; init; } = [];

    /// <summary>Noise level of stage II.</summary>
    public int? NoiseLevel { get; init; }

    /// <summary>The request with the changes.</summary>
    public CascadeRequest ApplyTo(CascadeRequest request) => request with
    {
        SchedulerNames = Scheduler is null ? request.SchedulerNames : (Scheduler, Scheduler, request.SchedulerNames.Stage3),
        Stage1 = Apply(request.Stage1, 0),
        Stage2 = Apply(request.Stage2, 1) with { NoiseLevel = NoiseLevel ?? request.Stage2.NoiseLevel },
        Stage3 = Apply(request.Stage3, 2),
    };

    private T Apply<T>(T options, int stage)
        where T : DiffusionOptions => options with
        {
            NumInferenceSteps = Steps.Count == 0 ? options.NumInferenceSteps : Steps[Math.Min(stage, Steps.Count - 1)],
            GuidanceScale = stage < Guidance.Count ? Guidance[stage] : options.GuidanceScale,
        };
}
