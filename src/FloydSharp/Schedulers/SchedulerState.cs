using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// What a run has left behind in a scheduler between two steps, as plain data: enough to continue it in another instance whose
/// timesteps are set alike. Owns its tensors.
/// </summary>
/// <param name="Position">The next step's place in the timesteps; -1 where the scheduler does not keep one, or no step was taken.</param>
/// <param name="Predictions">Earlier predictions of clean images, the latest first, (B, C, H, W) each; empty for single-step schedulers.</param>
public sealed record SchedulerState(int Position, IReadOnlyList<Tensor> Predictions) : IDisposable
{
    /// <summary>The state of a scheduler that keeps nothing.</summary>
    internal static SchedulerState Nothing => new(-1, []);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var prediction in Predictions)
            prediction.Dispose();
    }

    /// <summary>Refuses what a scheduler without memory cannot have written.</summary>
    /// <exception cref="IO.FloydException">There is something.</exception>
    internal void RequireNothing(string scheduler)
    {
        if (Position != -1 || Predictions.Count > 0)
            throw new IO.FloydException($"The scheduler's state holds {Predictions.Count} predictions, but the {scheduler} scheduler keeps none; it belongs to another scheduler.");
    }
}
