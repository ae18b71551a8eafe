using System.Text.Json.Serialization;

namespace FloydSharp.Cascade;

/// <summary>The settings of one stage.</summary>
public sealed record StageInfo
{
    /// <summary>1 to 3.</summary>
    public int Stage { get; init; }

    /// <summary>The name of the checkpoint's folder.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>The class of the scheduler.</summary>
    public string Scheduler { get; init; } = "";

    /// <summary>Settings over the checkpoint's scheduler_config.json, as JSON; null for none.</summary>
    public string? SchedulerOverrides { get; init; }

    /// <summary>Number of steps of the schedule.</summary>
    public int Steps { get; init; }

    /// <summary>The timesteps where they were given as a list.</summary>
    public IReadOnlyList<int>? Timesteps { get; init; }

    /// <summary>Whether evenly spaced timesteps began with the last training timestep.</summary>
    public bool FromLastTimestep { get; init; }

    /// <summary>w of classifier-free guidance.</summary>
    public double GuidanceScale { get; init; }

    /// <summary>The quantile of dynamic thresholding where it was given.</summary>
    public double? DynamicThresholdingRatio { get; init; }

    /// <summary>The largest threshold of dynamic thresholding where it was given.</summary>
    public double? SampleMaxValue { get; init; }

    /// <summary>How much of the style was mixed in, where there was one.</summary>
    public double? StyleMix { get; init; }

    /// <summary>The share of the steps that ran, where the stage started from a picture.</summary>
    public double? Strength { get; init; }

    /// <summary>The noise level of stages II and III.</summary>
    public int? NoiseLevel { get; init; }

    /// <summary>The dtype of the UNet.</summary>
    [JsonPropertyName("dtype")]
    public string DType { get; init; } = "";

    /// <summary>The variant of the weight files that was asked for; null for none.</summary>
    public string? Variant { get; init; }

    /// <summary>The kind of device, cpu or cuda.</summary>
    public string Device { get; init; } = "";
}
