using FloydSharp.Pipelines;
using FloydSharp.Schedulers;

namespace FloydSharp.Cascade;

/// <summary>A stage that <see cref="CascadeModels"/> lists: its checkpoint and how it is sampled unless one says otherwise.</summary>
public sealed record StageModel
{
    /// <summary>The checkpoint's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>A name of <see cref="SchedulerFactory.Names"/>; null keeps the checkpoint's scheduler.</summary>
    public string? Scheduler { get; init; }

    /// <summary>Settings over the checkpoint's scheduler_config.json; null for none.</summary>
    public SchedulerOverrides? SchedulerOverrides { get; init; }

    /// <summary>Number of denoising steps, 1 to 1000; null keeps the pipeline's.</summary>
    public int? Steps { get; init; }

    /// <summary>w of classifier-free guidance, 0 to 100; null keeps the pipeline's.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Noise on the small picture of stages II and III, 0 to 999; null keeps the pipeline's.</summary>
    public int? NoiseLevel { get; init; }

    /// <summary>Whether stages II and III keep the small picture's coarse colours; null keeps the pipeline's.</summary>
    public bool? KeepColours { get; init; }

    internal T ApplyTo<T>(T options)
        where T : DiffusionOptions => options with
        {
            NumInferenceSteps = Steps ?? options.NumInferenceSteps,
            GuidanceScale = GuidanceScale ?? options.GuidanceScale,
            KeepColours = KeepColours ?? options.KeepColours,
        };
}
