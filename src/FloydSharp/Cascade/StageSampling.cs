using FloydSharp.Pipelines;
using FloydSharp.Schedulers;

namespace FloydSharp.Cascade;

/// <summary>How a profile samples one stage of one kind of run.</summary>
public sealed record StageSampling
{
    /// <summary>Number of steps where <see cref="Timesteps"/> is null; null keeps the request's.</summary>
    public int? Steps { get; init; }

    /// <summary>Timesteps as <see cref="TimestepList"/> reads them; null spaces the steps evenly.</summary>
    public string? Timesteps { get; init; }

    /// <summary>Whether evenly spaced timesteps begin with the last training timestep.</summary>
    public bool FromLastTimestep { get; init; }

    /// <summary>w of classifier-free guidance; null keeps the request's.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Noise on the small picture of stages II and III; null keeps the request's.</summary>
    public int? NoiseLevel { get; init; }

    /// <summary>Whether stage II noises the small picture anew at each step.</summary>
    public bool FreshNoise { get; init; }

    /// <summary>How much a start picture may change at stages I and II; null keeps the request's.</summary>
    public double? Strength { get; init; }

    /// <summary>A name of <see cref="SchedulerFactory.Names"/>; null for the checkpoint's own.</summary>
    public string? Scheduler { get; init; }

    internal T ApplyTo<T>(T options)
        where T : DiffusionOptions => options with
        {
            NumInferenceSteps = Steps ?? options.NumInferenceSteps,
            Timesteps = Timesteps is null ? null : TimestepList.Parse(Timesteps),
            FromLastTimestep = FromLastTimestep,
            GuidanceScale = GuidanceScale ?? options.GuidanceScale,
            KeepColours = false,
            FreshNoise = FreshNoise,
        };
}
