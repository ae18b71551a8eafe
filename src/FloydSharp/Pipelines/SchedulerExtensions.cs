using FloydSharp.Schedulers;

namespace FloydSharp.Pipelines;

/// <summary>Options to schedulers.</summary>
internal static class SchedulerExtensions
{
    /// <summary>Sets the timesteps that the options ask for: the list where there is one, else so many evenly spaced ones.</summary>
    public static void SetTimesteps(this IScheduler scheduler, DiffusionOptions options)
    {
        if (options.Timesteps is { } list)
            scheduler.SetTimesteps(list);
        else if (options.FromLastTimestep && scheduler is not DPMSolverMultistepScheduler)
            scheduler.SetTimesteps((IReadOnlyList<int>)TimestepSpacing.Select(TimestepSpacingKind.Linspace, scheduler.Config.NumTrainTimesteps, options.NumInferenceSteps));
        else
            scheduler.SetTimesteps(options.NumInferenceSteps);
    }

    /// <summary>What the options say about each step.</summary>
    public static StepOptions ToSteps(this DiffusionOptions options) => new()
    {
        Eta = options.Eta,
        DynamicThresholdingRatio = options.DynamicThresholdingRatio,
        SampleMaxValue = options.SampleMaxValue,
    };
}
