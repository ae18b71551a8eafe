// Follows diffusers (Apache-2.0), src/diffusers/models/attention_processor.py, Attention with AttnAddedKVProcessor2_0.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// Attention of pixels to the text's keys and values and, in the same softmax, to their own (Nichol et al. 2021,
/// arXiv:2112.10741, section 4), as the DeepFloyd IF UNets have it.
/// </summary>
public sealed class AddedKVAttention : TextAttention, IAttends, IJoinsLinears
{
    private const long NormCrossGroups = 32;
    private const double NormEps = 1e-5;

    private readonly GroupNorm? norm_cross;
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear? to_k;
    private readonly Linear? to_v;
    private readonly Linear add_k_proj;
    private readonly Linear add_v_proj;
    private readonly LayerList<Linear> to_out;
    private readonly JoinedLinear? _pixels;
    private readonly long _heads;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="channels">Channels of the feature map.</param>
    /// <param name="textWidth">Width of the text.</param>
    /// <param name="heads">Number of heads; divides the channels.</param>
    /// <param name="groups">Groups of the norm of the feature map; divides the channels.</param>
    /// <param name="normText">Whether the text is group-normalised first, in 32 groups.</param>
    /// <param name="onlyText">Whether the pixels do not look at each other.</param>
    /// <exception cref="ArgumentException">Heads or groups do not divide.</exception>
    public AddedKVAttention(long channels, long textWidth, long heads, long groups, bool normText, bool onlyText)
    {
        if (heads <= 0 || channels % heads != 0)
            throw new ArgumentException($"{channels} channels do not divide into {heads} heads.", nameof(heads));
        _heads = heads;
        group_norm = Add("group_norm", new GroupNorm(groups, channels, NormEps));
        if (normText)
            norm_cross = Add("norm_cross", new GroupNorm(NormCrossGroups, textWidth, NormEps));
        to_q = Add("to_q", new Linear(channels, channels));
        if (!onlyText)
        {
            to_k = Add("to_k", new Linear(channels, channels));
            to_v = Add("to_v", new Linear(channels, channels));
            _pixels = new(to_q, to_k, to_v);
        }

        add_k_proj = Add("add_k_proj", new Linear(textWidth, channels));
        add_v_proj = Add("add_v_proj", new Linear(textWidth, channels));
        to_out = Add("to_out", new LayerList<Linear>(new Linear(channels, channels)));
    }

    /// <inheritdoc/>
    public IAttentionKernel? AttentionKernel { get; set; }

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => _pixels is null ? [] : [_pixels];

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, TextStates text)
    {
        using var scope = NewDisposeScope();
        var (textK, textV) = text.Of(this, ProjectText);                      // (B, N, T, K)
        return Attend(x, textK, textV).MoveToOuterDisposeScope();             // (B, C, H, W)
    }

    /// <summary>The text's keys and values: all that this layer needs of the text, the same at every timestep.</summary>
    private (Tensor K, Tensor V) ProjectText(Tensor text)
    {
        using var scope = NewDisposeScope();
        var states = norm_cross is null
            ? text
            : norm_cross.forward(text.transpose(1, 2)).transpose(1, 2);       // (B, T, Dtext)
        return (
            Heads.Split(add_k_proj.forward(states), _heads).MoveToOuterDisposeScope(),
            Heads.Split(add_v_proj.forward(states), _heads).MoveToOuterDisposeScope());
    }

    private Tensor Attend(Tensor x, Tensor textK, Tensor textV)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = ProjectPixels(x);                                     // (B, N, S, K)
        var seen = k is null || v is null
            ? ScaledDotProductAttention.Attend(q, textK, textV, kernel: AttentionKernel)
            : ScaledDotProductAttention.Attend(q, textK, textV, k, v, AttentionKernel); // (B, N, S, K)
        q.Dispose();
        k?.Dispose();
        v?.Dispose();
        return seen.Then(Heads.Join)                                          // (B, S, C)
            .Then(h => to_out[0].forward(h, x.flatten(2).transpose(1, 2)))    // (B, S, C)
            .transpose(1, 2).reshape(x.shape)                                 // (B, C, H, W)
            .MoveToOuterDisposeScope();
    }

    private (Tensor Q, Tensor? K, Tensor? V) ProjectPixels(Tensor x)
    {
        using var scope = NewDisposeScope();
        var pixels = x.flatten(2).Then(flat => group_norm.forward(flat))      // (B, C, S)
            .transpose(1, 2).contiguous();                                    // (B, S, C)
        var parts = _pixels?.forward(pixels) ?? [to_q.forward(pixels)];       // (B, S, C) each
        Tensor? Part(int i) => i < parts.Count ? Heads.Split(parts[i], _heads).MoveToOuterDisposeScope() : null;
        return (Part(0)!, Part(1), Part(2));
    }
}
