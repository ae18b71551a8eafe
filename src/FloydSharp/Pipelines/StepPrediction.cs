using FloydSharp.Graphs;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>
/// A denoising loop's predictions, one after the other: where they are recorded, what changes from step to step is copied to
/// where the recorded work reads it.
/// </summary>
internal sealed class StepPrediction : IDisposable
{
    private readonly Func<Tensor, Tensor, Tensor?, Tensor> _predict;
    private readonly GraphedPass _pass;
    private readonly bool _direct;
    private Tensor? _input;
    private Tensor? _time;
    private Tensor? _fresh;

    /// <summary>Declares the predictions.</summary>
    /// <param name="predict">Predicts from the input, what the model is told of the time and what is new in each step; see <see cref="GraphedPass"/>.</param>
    /// <param name="choice">Whether it is recorded.</param>
    /// <param name="key">Names model, shapes and dtype.</param>
    public StepPrediction(Func<Tensor, Tensor, Tensor?, Tensor> predict, GraphChoice choice, string key)
    {
        (_predict, _direct) = (predict, choice.Device is null);
        _pass = new(() => _predict(_input!, _time!, _fresh), choice, key);
    }

    /// <summary>What the model is told of the time at a step, the same shape each time. What it gives is disposed here.</summary>
    public required Func<int, Tensor> Time { get; init; }

    /// <summary>Makes what is new in each step beside the input; null for nothing. What it gives is disposed here.</summary>
    public Func<Tensor>? Fresh { get; init; }

    /// <summary>How the last prediction was made, for people.</summary>
    public string Pass => _pass.IsRecorded ? "graph" : _pass.Why is { } why ? $"eager ({why})" : "eager";

    /// <summary>Predicts.</summary>
    /// <param name="input">The sample as the model takes it, the same shape each time. Not disposed.</param>
    /// <param name="step">The number of the step.</param>
    /// <returns>The prediction; owned by the caller.</returns>
    public Tensor Run(Tensor input, int step)
    {
        using var scope = NewDisposeScope();
        var (time, fresh) = (Time(step), Fresh?.Invoke());
        if (_direct)
            return _predict(input, time, fresh).MoveToOuterDisposeScope();

        Put(ref _input, input);
        Put(ref _time, time);
        if (fresh is not null)
            Put(ref _fresh, fresh);
        return _pass.Run().MoveToOuterDisposeScope();
    }

    /// <summary>Ends recording and repeating.</summary>
    /// <param name="why">Why, for people.</param>
    public void Stop(string why) => _pass.Stop(why);

    /// <summary>Frees what was recorded and the tensors it reads.</summary>
    public void Dispose()
    {
        _pass.Dispose();
        _input?.Dispose();
        _time?.Dispose();
        _fresh?.Dispose();
    }

    private static void Put(ref Tensor? place, Tensor value)
    {
        if (place is null)
            place = value.clone().DetachFromDisposeScope();
        else
            place.copy_(value);
    }
}
