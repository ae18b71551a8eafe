using FloydSharp.Schedulers;

namespace FloydSharp.Pipelines;

/// <summary>What the pipelines own alike: components and schedulers.</summary>
/// <typeparam name="TComponents">The checkpoint's components.</typeparam>
public abstract class DiffusionPipeline<TComponents> : IDisposable
    where TComponents : IDisposable
{
    /// <summary>Takes ownership of all.</summary>
    private protected DiffusionPipeline(TComponents components, IScheduler scheduler, IScheduler? noisingScheduler = null)
    {
        Components = components;
        Scheduler = scheduler;
        NoisingScheduler = noisingScheduler;
    }

    /// <summary>The components.</summary>
    public TComponents Components { get; }

    /// <summary>The scheduler; any other may be put in its place. Owned: the one that was there is disposed.</summary>
    public IScheduler Scheduler
    {
        get;
        set
        {
            if (ReferenceEquals(field, value))
                return;
            field?.Dispose();
            field = value;
        }
    }

    /// <summary>The scheduler that noises the small picture; null where the pipeline begins with text alone.</summary>
    private protected IScheduler? NoisingScheduler { get; }

    /// <summary>Frees the components and the schedulers.</summary>
    public void Dispose()
    {
        Scheduler.Dispose();
        NoisingScheduler?.Dispose();
        Components.Dispose();
        GC.SuppressFinalize(this);
    }
}
