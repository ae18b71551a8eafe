using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Schedulers;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>A stage of a cascade: loads each model when it is needed and frees it before the next one. Owns its pipelines.</summary>
internal abstract class StageRunner(int number, LoadOptions load) : IDisposable
{
    private string Roman => number switch { 1 => "I", 2 => "II", _ => "III" };

    /// <summary>The components by name, and whether they are in memory.</summary>
    public abstract IEnumerable<(string Name, bool IsLoaded)> Components { get; }

    /// <summary>Frees the models. Schedulers stay: the stage can be used again after a cancelled run.</summary>
    public abstract void Free();

    /// <summary>Frees everything.</summary>
    public abstract void Dispose();

    /// <summary>Gives a pipeline the request's scheduler, and says now what it could not do after minutes of other stages.</summary>
    protected void Prepare<T>(DiffusionPipeline<T> pipeline, SchedulerConfig config, CascadeRequest request, DiffusionOptions options)
        where T : IDisposable
    {
        var (name, overrides) = request.SchedulerOf(number);
        config = overrides?.ApplyTo(config) ?? config;
        pipeline.Scheduler = name is null ? SchedulerFactory.Create(config) : SchedulerFactory.Create(name, config);
        try
        {
            pipeline.Scheduler.SetTimesteps(options);
            if (request.Start?.StrengthOf(number) is { } strength)
                StartTimesteps.Of(pipeline.Scheduler.Timesteps, strength);
        }
        catch (FloydException e)
        {
            throw new FloydException($"Stage {Roman}: {e.Message}", e);
        }
    }

    /// <summary>The stage's settings, for its pictures.</summary>
    protected StageInfo Describe(CheckpointFolder folder, IScheduler scheduler, CascadeRequest request, DiffusionOptions options, int? noiseLevel) => new()
    {
        Stage = number,
        Checkpoint = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path))),
        Scheduler = scheduler.GetType().Name,
        SchedulerOverrides = request.SchedulerOf(number).Overrides?.ToString(),
        Steps = scheduler.Timesteps.Count,
        Timesteps = options.Timesteps,
        FromLastTimestep = options.FromLastTimestep,
        GuidanceScale = options.GuidanceScale,
        DynamicThresholdingRatio = options.DynamicThresholdingRatio,
        SampleMaxValue = options.SampleMaxValue,
        StyleMix = number < 3 && request.HasStyle ? options.StyleMix : null,
        Strength = request.Start?.StrengthOf(number),
        NoiseLevel = noiseLevel,
        DType = load.EffectiveDType.ToString().ToLowerInvariant(),
        Device = load.Device.type.ToString().ToLowerInvariant(),
    };

    /// <summary>Moves a tensor to the CPU.</summary>
    /// <param name="images">Disposed where it was elsewhere.</param>
    /// <returns>Owned by the caller.</returns>
    protected static Tensor OnCpu(Tensor images)
    {
        if (images.device_type == TorchSharp.DeviceType.CPU)
            return images;
        using (images)
            return images.cpu();
    }
}
