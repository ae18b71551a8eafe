using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// A text as the attention layers of one model see it. Their keys and values of the text are the same at every timestep, so
/// where several steps follow each layer computes its own once. For one model and one thread at a time.
/// </summary>
public sealed class TextStates : IDisposable
{
    private readonly Dictionary<object, (Tensor K, Tensor V)>? _projected;
    private readonly Tensor _text;

    /// <summary>Wraps a text.</summary>
    /// <param name="text">(B, T, D), the model's dtype. Owned by this object from now on.</param>
    /// <param name="keep">Whether keys and values are kept for the next step. They carry no gradients then.</param>
    public TextStates(Tensor text, bool keep)
    {
        _text = text.DetachFromDisposeScope();
        _projected = keep ? [] : null;
    }

    /// <summary>The text (B, T, D). Owned by this object.</summary>
    public Tensor Text => _text;

    /// <summary>Frees the text and all that was kept.</summary>
    public void Dispose()
    {
        _text.Dispose();
        foreach (var (k, v) in _projected?.Values ?? Enumerable.Empty<(Tensor K, Tensor V)>())
        {
            k.Dispose();
            v.Dispose();
        }

        _projected?.Clear();
    }

    /// <summary>A layer's keys and values of the text.</summary>
    /// <param name="layer">Whose.</param>
    /// <param name="project">Computes them from the text.</param>
    /// <returns>Owned by the caller; views where they are kept.</returns>
    internal (Tensor K, Tensor V) Of(object layer, Func<Tensor, (Tensor K, Tensor V)> project)
    {
        if (_projected is null)
            return project(_text);
        if (!_projected.TryGetValue(layer, out var kept))
        {
            kept = project(_text);
            kept.K.DetachFromDisposeScope();
            kept.V.DetachFromDisposeScope();
            _projected[layer] = kept;
        }

        return (kept.K.alias(), kept.V.alias());
    }
}
