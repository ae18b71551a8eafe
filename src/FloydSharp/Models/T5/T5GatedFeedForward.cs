// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5DenseGatedActDense.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>wo(act(wi_0 x) * wi_1 x), the gated feed-forward layer (Shazeer 2020, arXiv:2002.05202).</summary>
public sealed class T5GatedFeedForward : Layer, IJoinsLinears, IUsesRowKernels
{
    private readonly Linear wi_0;
    private readonly Linear wi_1;
    private readonly Linear wo;
    private readonly JoinedLinear _both;
    private readonly Activation _activation;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    public T5GatedFeedForward(T5Config config)
    {
        wi_0 = Add("wi_0", new Linear(config.DModel, config.DFf, bias: false) { TakesFewRows = true });
        wi_1 = Add("wi_1", new Linear(config.DModel, config.DFf, bias: false) { TakesFewRows = true });
        wo = Add("wo", new Linear(config.DFf, config.DModel, bias: false) { TakesFewRows = true });
        _both = new(wi_0, wi_1);
        _activation = config.Activation;
    }

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => [_both];

    IRowKernels? IUsesRowKernels.RowKernels { get; set; }

    /// <summary>Runs the layer; the last product in the dtype of <c>wo</c>, which stays float32 where the rest is float16.</summary>
    /// <param name="hidden">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <returns>(B, T, D), the dtype of <c>wo</c>; owned by the caller.</returns>
    public Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var kernels = ((IUsesRowKernels)this).RowKernels;
        if (kernels is not null && _both.TryProduct(hidden) is { } both // (B, T, 2F)
            && kernels.TryGate(both, _activation, second: false, wo.WeightDType) is { } fused) // (B, T, F)
        {
            return wo.forward(fused).MoveToOuterDisposeScope();               // (B, T, D)
        }

        var gate = wi_0.forward(hidden);                                      // (B, T, F)
        var value = wi_1.forward(hidden);                                     // (B, T, F)
        var gated = kernels?.TryGate(gate, value, _activation, wo.WeightDType)
            ?? gate.Then(x => _activation.Apply(x)).Then(x => x * value).Then(x => x.to(wo.WeightDType)); // (B, T, F)
        return wo.forward(gated).MoveToOuterDisposeScope();                   // (B, T, D)
    }
}
