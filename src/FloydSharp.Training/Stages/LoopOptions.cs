using FloydSharp.Training.Optimization;

namespace FloydSharp.Training.Stages;

/// <summary>How a run goes.</summary>
internal sealed record LoopOptions
{
    /// <summary>The checkpoint, the log and the sheets go here.</summary>
    public required string Out { get; init; }

    /// <summary>Minutes of training; the checkpoint after it comes on top.</summary>
    public double Minutes { get; init; } = 8;

    /// <summary>Stops after this many steps; 0 for no such limit.</summary>
    public long MaxSteps { get; init; }

    /// <summary>The rate over this run.</summary>
    public LearningRate Rate { get; init; } = new(1e-3, 300, 0.1);

    /// <summary>Threads that make data.</summary>
    public int Workers { get; init; } = Math.Max(1, Environment.ProcessorCount - 2);

    /// <summary>Each batch is used so often, with other noise each time; for data that is slower than the device.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Steps between two lines of the log.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Minutes between two checkpoints with sheets; 0 for one at the end alone.</summary>
    public double SheetMinutes { get; init; } = 3;

    /// <summary>Folder of the state to write, and to go on from where <see cref="IsResumed"/>; null for none.</summary>
    public string? State { get; init; }

    /// <summary>Whether the weights come from a checkpoint.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Seed of noise.</summary>
    public long Seed { get; init; } = 1;
}
