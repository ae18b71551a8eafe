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
        else
            scheduler.SetTimesteps(options.NumInferenceSteps);
    }
}
