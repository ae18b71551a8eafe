using FloydSharp.Models.Vae;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Schedulers;

namespace FloydSharp.Cascade.Records;

/// <summary>What a request asks of one stage.</summary>
public sealed record StageRecord
{
    /// <summary>1 to 3.</summary>
    public required int Stage { get; init; }

    /// <summary>Number of denoising steps.</summary>
    public required int Steps { get; init; }

    /// <summary>The timesteps where they are given as a list.</summary>
    public IReadOnlyList<int>? Timesteps { get; init; }

    /// <summary>w of classifier-free guidance.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>eta of DDIM.</summary>
    public required double Eta { get; init; }

    /// <summary>Whether evenly spaced timesteps begin with the last training timestep.</summary>
    public required bool FromLastTimestep { get; init; }

    /// <summary>The quantile of dynamic thresholding; null for the scheduler's.</summary>
    public double? DynamicThresholdingRatio { get; init; }

    /// <summary>The largest threshold of dynamic thresholding; null for the scheduler's.</summary>
    public double? SampleMaxValue { get; init; }

    /// <summary>How much of a style is mixed in.</summary>
    public required double StyleMix { get; init; }

    /// <summary>Whether the style stands in the pooled text.</summary>
    public required bool PooledStyle { get; init; }

    /// <summary>Whether the small picture's coarse colours are kept.</summary>
    public bool KeepColours { get; init; }

    /// <summary>Whether stage II noised the small picture anew at each step.</summary>
    public bool FreshNoise { get; init; }

    /// <summary>Width in pixels, of stage I only; null takes the usual one.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels, of stage I only; null takes the usual one.</summary>
    public int? Height { get; init; }

    /// <summary>The noise level, of stages II and III only.</summary>
    public int? NoiseLevel { get; init; }

    /// <summary>The scheduler's name; null for the checkpoint's own.</summary>
    public string? Scheduler { get; init; }

    /// <summary>Settings over the checkpoint's scheduler_config.json, as JSON; null for none.</summary>
    public string? SchedulerConfig { get; init; }

    /// <summary>How stage III decodes; null decodes each picture whole.</summary>
    public VaeDecodeOptions? Decode { get; init; }

    internal static StageRecord Of(CascadeRequest request, int stage)
    {
        DiffusionOptions options = stage switch { 1 => request.Stage1, 2 => request.Stage2, _ => request.Stage3 };
        var (name, overrides) = request.SchedulerOf(stage);
        return new()
        {
            Stage = stage,
            Steps = options.NumInferenceSteps,
            Timesteps = options.Timesteps,
            GuidanceScale = options.GuidanceScale,
            Eta = options.Eta,
            FromLastTimestep = options.FromLastTimestep,
            DynamicThresholdingRatio = options.DynamicThresholdingRatio,
            SampleMaxValue = options.SampleMaxValue,
            StyleMix = options.StyleMix,
            PooledStyle = options.PooledStyle,
            KeepColours = options.KeepColours,
            FreshNoise = options.FreshNoise,
            Width = (options as IFOptions)?.Width,
            Height = (options as IFOptions)?.Height,
            NoiseLevel = (options as IFSuperResolutionOptions)?.NoiseLevel ?? (options as StableDiffusionUpscaleOptions)?.NoiseLevel,
            Scheduler = name,
            SchedulerConfig = overrides?.ToString(),
            Decode = (options as StableDiffusionUpscaleOptions)?.Decode,
        };
    }

    internal CascadeRequest ApplyTo(CascadeRequest request)
    {
        var overrides = SchedulerConfig is null ? null : SchedulerOverrides.Parse(SchedulerConfig);
        var (names, settings) = (request.SchedulerNames, request.SchedulerOverrides);
        return Stage switch
        {
            1 => request with
            {
                Stage1 = Sampled(request.Stage1) with { Width = Width, Height = Height },
                SchedulerNames = names with { Stage1 = Scheduler },
                SchedulerOverrides = settings with { Stage1 = overrides },
            },
            2 => request with
            {
                Stage2 = Sampled(request.Stage2) with { NoiseLevel = NoiseLevel ?? request.Stage2.NoiseLevel },
                SchedulerNames = names with { Stage2 = Scheduler },
                SchedulerOverrides = settings with { Stage2 = overrides },
            },
            _ => request with
            {
                Stage3 = Sampled(request.Stage3) with { NoiseLevel = NoiseLevel ?? request.Stage3.NoiseLevel, Decode = Decode },
                SchedulerNames = names with { Stage3 = Scheduler },
                SchedulerOverrides = settings with { Stage3 = overrides },
            },
        };
    }

    private T Sampled<T>(T options)
        where T : DiffusionOptions => options with
        {
            NumInferenceSteps = Steps,
            Timesteps = Timesteps,
            GuidanceScale = GuidanceScale,
            Eta = Eta,
            FromLastTimestep = FromLastTimestep,
            DynamicThresholdingRatio = DynamicThresholdingRatio,
            SampleMaxValue = SampleMaxValue,
            StyleMix = StyleMix,
            PooledStyle = PooledStyle,
            KeepColours = KeepColours,
            FreshNoise = FreshNoise,
        };
}
