namespace FloydSharp.Pipelines;

/// <summary>
/// Calls a function in place for each report. <see cref="Progress{T}"/> would call it later, when the tensors of a
/// <see cref="StepInfo"/> are gone.
/// </summary>
public sealed class StepObserver(Action<StepInfo> observe) : IProgress<StepInfo>
{
    /// <inheritdoc/>
    public void Report(StepInfo value) => observe(value);
}
