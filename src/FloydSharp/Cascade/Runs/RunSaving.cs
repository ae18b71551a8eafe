namespace FloydSharp.Cascade.Runs;

/// <summary>How often a run keeps its state. The defaults cost short runs nothing, and long ones about a hundredth.</summary>
public sealed record RunSaving
{
    /// <summary>A run that is over before this keeps nothing. Default: 10 seconds.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two states; slower steps are kept one by one. Default: 2 seconds.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Keeps the state after each step from the first on.</summary>
    public static RunSaving Always { get; } = new() { After = TimeSpan.Zero, Every = TimeSpan.Zero };
}
