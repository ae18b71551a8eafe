using FloydSharp.Graphs;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>A text encoder over many texts of the same number of tokens, recorded where that is worth it.</summary>
internal sealed class TokenPass : IDisposable
{
    private readonly Func<Tensor, Tensor, Tensor> _forward;
    private readonly GraphChoice _choice;
    private GraphedPass? _pass;
    private Tensor? _ids;
    private Tensor? _mask;

    /// <summary>Declares the pass.</summary>
    /// <param name="forward">From tokens and mask, (1, T) each, to states.</param>
    /// <param name="choice">Whether it is recorded.</param>
    public TokenPass(Func<Tensor, Tensor, Tensor> forward, GraphChoice choice) => (_forward, _choice) = (forward, choice);

    /// <summary>Encodes.</summary>
    /// <param name="ids">(1, T), int64. Not disposed.</param>
    /// <param name="mask">(1, T), int64. Not disposed.</param>
    /// <returns>(1, T, D); owned by the caller.</returns>
    public Tensor Run(Tensor ids, Tensor mask)
    {
        if (_choice.Device is null || (_ids is not null && _ids.shape[1] != ids.shape[1]))
            return _forward(ids, mask);
        if (_pass is null)
        {
            (_ids, _mask) = (ids.clone().DetachFromDisposeScope(), mask.clone().DetachFromDisposeScope());
            _pass = new(() => _forward(_ids, _mask), _choice, $"text {_forward.Target?.GetHashCode()} {string.Join('x', ids.shape)}");
        }

        _ids!.copy_(ids);
        _mask!.copy_(mask);
        return _pass.Run();
    }

    /// <summary>Ends recording and repeating.</summary>
    /// <param name="why">Why, for people.</param>
    public void Stop(string why) => _pass?.Stop(why);

    /// <summary>Frees what was recorded and the tensors it reads.</summary>
    public void Dispose()
    {
        _pass?.Dispose();
        _ids?.Dispose();
        _mask?.Dispose();
    }
}
