// Follows diffusers (Apache-2.0), src/diffusers/models/attention_processor.py, Attention with AttnProcessor2_0.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Multi-head attention of a sequence to itself or to another (Vaswani et al. 2017, arXiv:1706.03762, section 3.2).</summary>
public sealed class Attention : Layer, IAttends, IJoinsLinears
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly LayerList<Linear> to_out;
    private readonly JoinedLinear? _all;
    private readonly long _heads;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="width">Width of the sequence that looks; also of the result.</param>
    /// <param name="sourceWidth">Width of the sequence that is looked at.</param>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <exception cref="ArgumentException">The heads do not divide the width.</exception>
    public Attention(long width, long sourceWidth, long heads)
    {
        if (heads <= 0 || width % heads != 0)
            throw new ArgumentException($"A width of {width} does not divide into {heads} heads.", nameof(heads));
        _heads = heads;
        to_q = Add("to_q", new Linear(width, width, bias: false));
        to_k = Add("to_k", new Linear(sourceWidth, width, bias: false));
        to_v = Add("to_v", new Linear(sourceWidth, width, bias: false));
        to_out = Add("to_out", new LayerList<Linear>(new Linear(width, width)));
        _all = width == sourceWidth ? new(to_q, to_k, to_v) : null;
    }

    /// <inheritdoc/>
    public IAttentionKernel? AttentionKernel { get; set; }

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => _all is null ? [] : [_all];

    /// <summary>Attends to a sequence.</summary>
    /// <param name="x">The sequence that looks, (B, S, D), the weights' dtype. Not disposed.</param>
    /// <param name="source">The sequence that is looked at, (B, T, Dsource); x itself for self-attention. Not disposed.</param>
    /// <param name="residual">Added to the result, (B, S, D). Not disposed.</param>
    /// <returns>(B, S, D), owned by the caller.</returns>
    public Tensor forward(Tensor x, Tensor source, Tensor residual)
    {
        using var scope = NewDisposeScope();
        if (_all is { IsJoined: true } && ReferenceEquals(x, source))
        {
            var parts = _all.forward(x).Select(part => Heads.Split(part, _heads)).ToList(); // (B, N, S, K) each
            return Look(parts[0], parts[1], parts[2], residual).MoveToOuterDisposeScope();
        }

        var (k, v) = ProjectSource(source);                                   // (B, N, T, K)
        return Attend(x, k, v, residual).MoveToOuterDisposeScope();
    }

    /// <summary>Attends to the text.</summary>
    /// <param name="x">The sequence that looks, (B, S, D), the weights' dtype. Not disposed.</param>
    /// <param name="text">The text, (B, T, Dsource). Not disposed.</param>
    /// <param name="residual">Added to the result, (B, S, D). Not disposed.</param>
    /// <returns>(B, S, D), owned by the caller.</returns>
    public Tensor forward(Tensor x, TextStates text, Tensor residual)
    {
        using var scope = NewDisposeScope();
        var (k, v) = text.Of(this, ProjectSource);                            // (B, N, T, K)
        return Attend(x, k, v, residual).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Tensor k, Tensor v, Tensor residual)
    {
        using var scope = NewDisposeScope();
        var q = Heads.Split(to_q.forward(x), _heads);                         // (B, N, S, K)
        return Look(q, k, v, residual).MoveToOuterDisposeScope();
    }

    private Tensor Look(Tensor q, Tensor k, Tensor v, Tensor residual)
    {
        using var scope = NewDisposeScope();
        return ScaledDotProductAttention.Attend(q, k, v, kernel: AttentionKernel) // (B, N, S, K)
            .Then(Heads.Join)                                                 // (B, S, D)
            .Then(h => to_out[0].forward(h, residual))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Keys and values; where the source is the text they are the same at every timestep.</summary>
    private (Tensor K, Tensor V) ProjectSource(Tensor source)
    {
        using var scope = NewDisposeScope();
        return (
            Heads.Split(to_k.forward(source), _heads).MoveToOuterDisposeScope(),
            Heads.Split(to_v.forward(source), _heads).MoveToOuterDisposeScope());
    }
}
