using static TorchSharp.torch;

namespace FloydSharp.Training.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) over the flat buffers of a <see cref="TrainableModel"/>, with clipping
/// by the norm of the whole gradient and a moving average of the weights; matrices may be stepped by <see cref="MuonDirections"/>.
/// Nothing waits for the device.
/// </summary>
internal sealed class FlatAdamW : IDisposable
{
    private readonly TrainableModel _model;
    private readonly AdamOptions _options;
    private readonly MuonDirections? _muon;

    /// <summary>Creates the optimizer with moments of zero.</summary>
    /// <param name="model">What it changes; not disposed.</param>
    /// <param name="options">Settings.</param>
    public FlatAdamW(TrainableModel model, AdamOptions options)
    {
        _model = model;
        _options = options;
        First = zeros(model.Size, ScalarType.Float32, model.Device).DetachFromDisposeScope();
        Second = zeros(model.Size, ScalarType.Float32, model.Device).DetachFromDisposeScope();
        _muon = options.UsesMuon ? new(model) : null;
    }

    /// <summary>Running mean of the gradient, (Size), float32.</summary>
    public Tensor First { get; }

    /// <summary>Running mean of its square, (Size), float32.</summary>
    public Tensor Second { get; }

    /// <summary>Steps made, over all runs of this state.</summary>
    public long Steps { get; set; }

    /// <summary>Makes a step with the model's gradient.</summary>
    /// <param name="learningRate">The rate.</param>
    /// <returns>The gradient's norm before clipping, a scalar on the device; owned by the caller.</returns>
    public Tensor Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        var o = _options;
        var gradient = _model.Gradient.to(ScalarType.Float32, true);          // (Size)
        var norm = gradient.norm();
        if (o.MaxNorm > 0)
        {
            // A step whose gradient is not finite must not reach the moments: its factor is 0.
            var factor = norm.Plus(1e-6).reciprocal().Times(o.MaxNorm).AtMost(1).nan_to_num_(0, 0, 0);
            gradient.nan_to_num_(0, 0, 0).mul_(factor);
        }

        First.MultiplyInPlace(o.Beta1).AddInPlace(gradient, 1 - o.Beta1);
        Second.MultiplyInPlace(o.Beta2).AddProductInPlace(gradient, gradient, 1 - o.Beta2);
        var root = Second.DividedBy(1 - Math.Pow(o.Beta2, Steps)).sqrt_().AddInPlace(o.Epsilon);
        if (o.WeightDecay > 0)
            _model.Master.AddProductInPlace(_model.DecayMask, _model.Master, -learningRate * o.WeightDecay);

        var step = First.div(root).DivideInPlace(1 - Math.Pow(o.Beta1, Steps)); // (Size)
        if (_muon is not null)
        {
            // Nesterov's momentum: where the mean will be if the gradient stays.
            var ahead = First.Times(o.Beta1).AddInPlace(gradient, 1 - o.Beta1);
            _muon.Replace(ahead, step);
        }

        _model.Master.AddInPlace(step, -learningRate);
        var decay = Math.Min(o.AverageDecay, (1.0 + Steps) / (10.0 + Steps));
        _model.Average.MultiplyInPlace(decay).AddInPlace(_model.Master, 1 - decay);
        _model.Publish();
        return norm.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        _muon?.Dispose();
        First.Dispose();
        Second.Dispose();
    }
}
