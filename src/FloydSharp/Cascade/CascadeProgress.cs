using System.Diagnostics;
using FloydSharp.Memory;
using FloydSharp.Pipelines;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>Turns what the parts of a run report into the cascade's events.</summary>
internal sealed class CascadeProgress(IProgress<CascadeEvent>? target, CascadeOptions options)
{
    private readonly List<PhaseMemory> _memory = [];
    private string? _pass;

    /// <summary>What the phases so far took, where it is measured.</summary>
    public IReadOnlyList<PhaseMemory> Memory => _memory;

    /// <summary>Told when a phase begins.</summary>
    public Action<int, CascadePhase>? Begins { get; set; }

    /// <summary>Runs a phase between its two events; where the second one's receiver throws, the result is disposed.</summary>
    public T Phase<T>(int stage, CascadePhase phase, string component, Func<T> run)
    {
        target?.Report(new CascadeEvent.PhaseStarted(stage, phase, component));
        Begins?.Invoke(stage, phase);
        using var sampler = options.MeasureMemory ? new PeakSampler() : null;
        if (sampler is not null)
            DeviceMemory.ResetPeak(Gpu);
        var start = Stopwatch.GetTimestamp();
        var result = run();
        try
        {
            target?.Report(new CascadeEvent.PhaseFinished(stage, phase, component, Stopwatch.GetElapsedTime(start))
            {
                Memory = Measured(stage, phase, component, sampler),
                Pass = phase == CascadePhase.Denoise ? _pass : null,
            });
            return result;
        }
        catch
        {
            (result as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Loads a component, unless it is in memory, as a phase of its own.</summary>
    public void Load<T>(int stage, Component<T> component, CancellationToken cancellation)
        where T : class, IDisposable
    {
        if (!component.IsLoaded)
            Phase(stage, CascadePhase.Load, component.Name, () => component.Load(new Loading(this, stage, component.Name), cancellation) is not null);
    }

    /// <summary>What a pipeline reports its steps to.</summary>
    /// <param name="stage">1 to 3.</param>
    /// <param name="run">Whose steps they are.</param>
    /// <param name="before">Steps of the stage that were done for other requests.</param>
    /// <param name="total">Steps of the stage for all requests.</param>
    /// <param name="part">Which of several runs of the pipeline for the request this is, from 0.</param>
    /// <param name="parts">How many there are; the steps of all are counted together.</param>
    public IProgress<StepInfo>? Steps(int stage, CascadeRun run, int before, int total, int part, int parts) => target is null ? null : new StepObserver(step =>
    {
        _pass = step.Pass;
        if (parts > 1)
            step = step with { Step = (part * step.StepCount) + step.Step, StepCount = parts * step.StepCount };
        target.Report(new CascadeEvent.Stepped(stage, step) { Request = run.Number, Done = before + step.Step + 1, Total = total });
    });

    /// <summary>Passes an event on.</summary>
    public void Report(CascadeEvent value) => target?.Report(value);

    private int Gpu => Math.Max(0, options.Load.Device.index);

    private PhaseMemory? Measured(int stage, CascadePhase phase, string component, PeakSampler? sampler)
    {
        if (sampler is null)
            return null;
        var predicted = options.Plan?.Find(stage, phase.ToString().ToLowerInvariant(), component);
        var vram = options.Load.Device.type == TorchSharp.DeviceType.CUDA ? DeviceMemory.Peak(Gpu) : null;
        _memory.Add(new(stage, phase, component, predicted, sampler.Peak, vram));
        return _memory[^1];
    }

    private sealed class Loading(CascadeProgress progress, int stage, string component) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => progress.Report(value.Warning is { } text
            ? new CascadeEvent.MemoryLowered(stage, component, text)
            : new CascadeEvent.Loading(stage, component, value));
    }
}
