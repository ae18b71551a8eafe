using FloydSharp.IO;
using FloydSharp.IO.Hub;
using FloydSharp.Models.UNet;
using FloydSharp.Pipelines;
using FloydSharp.Schedulers;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// A stage of a cascade for any number of requests: its models are loaded once for all of them, each when it is needed, and freed
/// before the next one. Owns its pipelines.
/// </summary>
internal abstract class StageRunner(int number, LoadOptions load) : IDisposable
{
    /// <summary>1 to 3.</summary>
    public int Number => number;

    /// <summary>The components by name, and whether they are in memory.</summary>
    public abstract IEnumerable<(string Name, bool IsLoaded)> Components { get; }

    /// <summary>The checkpoint's folder.</summary>
    public abstract CheckpointFolder Folder { get; }

    /// <summary>The UNet.</summary>
    protected abstract Component<UNet2DConditionModel> UNet { get; }

    /// <summary>Whether pictures are finished one by one as they are made, because no other model is needed for it.</summary>
    protected abstract bool FinishesAtOnce { get; }

    /// <summary>Whether what the stage enlarges is looked at again when its pictures are made.</summary>
    protected virtual bool NeedsInputToFinish => false;

    private string Roman => number switch { 1 => "I", 2 => "II", _ => "III" };

    /// <summary>Gives the stage the request's scheduler, and checks that it can do what is asked, before anything is loaded.</summary>
    /// <returns>The number of steps that will run, and the settings for the pictures.</returns>
    public abstract (int Steps, StageInfo Info) Prepare(CascadeRequest request);

    /// <summary>Runs the stage for all requests that it is not done for.</summary>
    public void Run(CascadeBatch batch)
    {
        var runs = batch.Runs.Where(r => r.FirstStage <= number && r.LastStage >= number && (batch.Keep || !r.IsFinished(number))).ToList();
        if (runs.Count == 0)
            return;
        batch.Hashes.Begin(number);
        var open = runs.Where(r => !r.HasProduct(number)).ToList();
        if (open.Count > 0)
        {
            Encode(open, batch);
            batch.Report.Load(number, UNet, batch.Cancellation);
            batch.Report.Phase(number, CascadePhase.Denoise, UNet.Name, () => DenoiseAll(open, batch));
            UNet.Free();
        }

        runs.RemoveAll(r => FinishesAtOnce && open.Contains(r));
        if (runs.Count > 0)
            FinishAll(runs, batch);
    }

    /// <summary>Frees the models. Schedulers stay: the stage can be used again after a cancelled run.</summary>
    public abstract void Free();

    /// <summary>Frees everything.</summary>
    public abstract void Dispose();

    /// <summary>Makes what the stage needs of text, where that is not there already.</summary>
    protected virtual void Encode(IReadOnlyList<CascadeRun> runs, CascadeBatch batch)
    {
    }

    /// <summary>Denoises.</summary>
    /// <param name="run">The request, its scheduler prepared.</param>
    /// <param name="steps">Who is told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>Pictures, latents or tiles on the CPU; owned by the caller.</returns>
    protected abstract StageProduct Denoise(CascadeRun run, StageSteps steps, CancellationToken cancellation);

    /// <summary>How many tiles a request's picture is enlarged in; 1 for a whole one.</summary>
    protected virtual int TileCount(CascadeRun run) => 1;

    /// <summary>Makes pictures of what was denoised.</summary>
    protected abstract void FinishAll(IReadOnlyList<CascadeRun> runs, CascadeBatch batch);

    /// <summary>Makes a request's pictures and hands them out.</summary>
    /// <param name="run">The request.</param>
    /// <param name="images">The stage's tensor. Not disposed.</param>
    /// <param name="pictures">Its pictures, without a mark.</param>
    /// <param name="mark">Draws the watermark.</param>
    /// <param name="batch">What the request runs with.</param>
    protected void Finish(CascadeRun run, Tensor images, IReadOnlyList<Picture> pictures, Func<IReadOnlyList<Picture>, IReadOnlyList<Picture>> mark, CascadeBatch batch)
    {
        batch.Cancellation.ThrowIfCancellationRequested();
        var finished = run.Start is { } start && number == start.LastStage ? start.Finish(pictures, mark) : mark(pictures);
        run.Finish(number, images, finished, batch.CheckpointsOf(run, number), batch.Report, batch.Keep);
    }

    /// <summary>Makes a request's pictures where nothing has to be loaded for it.</summary>
    protected virtual void FinishOne(CascadeRun run, CascadeBatch batch)
    {
    }

    /// <summary>Gives a pipeline the request's scheduler, and says now what it could not do after minutes of other stages.</summary>
    /// <returns>The number of steps that will run.</returns>
    protected int Prepare<T>(DiffusionPipeline<T> pipeline, SchedulerConfig config, CascadeRequest request, DiffusionOptions options)
        where T : IDisposable
    {
        var (name, overrides) = request.SchedulerOf(number);
        config = overrides?.ApplyTo(config) ?? config;
        pipeline.Scheduler = name is null ? SchedulerFactory.Create(config) : SchedulerFactory.Create(name, config);
        try
        {
            pipeline.Scheduler.SetTimesteps(options);
            return request.Start?.StrengthOf(number) is { } strength
                ? StartTimesteps.Of(pipeline.Scheduler.Timesteps, strength).Count
                : pipeline.Scheduler.Timesteps.Count;
        }
        catch (FloydException e)
        {
            throw new FloydException($"Stage {Roman}: {e.Message}", e);
        }
    }

    /// <summary>The stage's settings, for its pictures.</summary>
    protected StageInfo Describe(IScheduler scheduler, CascadeRequest request, DiffusionOptions options, int? noiseLevel) => new()
    {
        Stage = number,
        Checkpoint = HubCache.NameOf(Folder.Path) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder.Path))),
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
        Variant = load.Variant,
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

    private bool DenoiseAll(IReadOnlyList<CascadeRun> runs, CascadeBatch batch)
    {
        var counts = runs.ToDictionary(r => r, r => r.Steps[number] * TileCount(r));
        var (done, total) = (0, counts.Values.Sum());
        foreach (var run in runs)
        {
            Prepare(run.Request);
            run.Keep(number, Denoise(run, new(batch.Report, number, run, done, total), batch.Cancellation));
            done += counts[run];
            if (FinishesAtOnce)
                FinishOne(run, batch);
            if (number > run.FirstStage && !NeedsInputToFinish)
                run.Forget(number - 1);
        }

        return true;
    }
}
