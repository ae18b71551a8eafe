using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// A node in the tree of layers that makes up a model. Names are the checkpoint's keys, so weights are found by name without
/// a renaming table. A layer owns its weights; disposing the root frees all of them.
/// </summary>
/// <remarks>
/// Why not TorchSharp's <c>nn.Module</c>: its parameters exist from construction on (a model of 4.3 billion parameters would
/// be allocated once to be filled), cannot be swapped for a mapped, quantized or streamed tensor, and are found by reflection.
/// </remarks>
public abstract class Layer : IDisposable
{
    private readonly List<KeyValuePair<string, Weight>> _weights = [];
    private readonly List<KeyValuePair<string, Layer>> _children = [];
    private IDisposable? _stream;
    private Func<bool>? _shrink;

    /// <summary>The direct children with the names they have in the checkpoint.</summary>
    public IReadOnlyList<KeyValuePair<string, Layer>> Children => _children;

    /// <summary>This layer and all below it, each before its children.</summary>
    internal IEnumerable<Layer> SelfAndBelow() => _children.SelectMany(c => c.Value.SelfAndBelow()).Prepend(this);

    /// <summary>The weights of this layer alone, without its children's.</summary>
    public IReadOnlyList<KeyValuePair<string, Weight>> OwnWeights => _weights;

    /// <summary>The dtype that the layer computes in: that of the products with its first weight.</summary>
    /// <exception cref="InvalidOperationException">No weight is filled.</exception>
    public ScalarType DType => FirstFilled().DType;

    /// <summary>The device that the layer computes on. Tables of embeddings may lie elsewhere.</summary>
    /// <exception cref="InvalidOperationException">No weight is filled.</exception>
    public Device Device => FirstFilled().Device;

    /// <summary>All weights of the tree with their full names (<c>down_blocks.0.resnets.1.conv1.weight</c>), in the order of construction.</summary>
    public IEnumerable<KeyValuePair<string, Weight>> NamedWeights(string prefix = "")
    {
        foreach (var (name, weight) in _weights)
            yield return new(prefix + name, weight);

        foreach (var (name, child) in _children)
        {
            foreach (var entry in child.NamedWeights(prefix + name + "."))
                yield return entry;
        }
    }

    /// <summary>Whether the layer's children run one after the other, without others in between.</summary>
    internal virtual bool RunsAtOnce => true;

    /// <summary>Frees all weights; the layer can be filled again.</summary>
    public void Clear()
    {
        _stream?.Dispose();
        _stream = null;
        foreach (var (_, weight) in NamedWeights())
            weight.Clear();
    }

    /// <summary>Frees all weights.</summary>
    public void Dispose()
    {
        Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether it is to be computed by libtorch's operators alone, one by one.</summary>
    internal bool IsPlain { get; set; }

    /// <summary>Whether weights come in while they are used, and go again.</summary>
    internal bool IsStreamed => _stream is not null;

    /// <summary>Takes over what fills the tree's weights when they are used; it is disposed before the weights are freed.</summary>
    internal void Own(IDisposable stream) => _stream = stream;

    /// <summary>Says how the model can be filled again with less memory.</summary>
    /// <param name="shrink">False where there is no way left.</param>
    internal void ShrinkWith(Func<bool> shrink) => _shrink = shrink;

    /// <summary>
    /// Fills the model again with less memory, after memory ran out; what was computed when that happened must be computed again.
    /// </summary>
    /// <returns>False where there is no way left; the model may be empty then.</returns>
    internal bool TryShrink() => _shrink?.Invoke() == true;

    /// <summary>Declares a weight of this layer; called from constructors.</summary>
    protected Weight AddWeight(string name, params long[] shape) => Add(name, new Weight(shape));

    /// <summary>Declares a weight that can be kept compact; for layers whose products go through <see cref="CompactTensor"/>.</summary>
    internal Weight AddCompactWeight(string name, params long[] shape) => Add(name, new Weight(shape) { TakesCompact = true });

    /// <summary>Declares a weight of which single rows are looked up.</summary>
    internal Weight AddTable(string name, params long[] shape) => Add(name, new Weight(shape) { IsTable = true });

    /// <summary>Adds a child under the name it has in the checkpoint; called from constructors.</summary>
    /// <returns>The child.</returns>
    protected T Add<T>(string name, T child)
        where T : Layer
    {
        _children.Add(new(name, child));
        return child;
    }

    private Weight Add(string name, Weight weight)
    {
        _weights.Add(new(name, weight));
        return weight;
    }

    private Weight FirstFilled()
    {
        Weight? first = null;
        foreach (var (_, weight) in NamedWeights())
        {
            if (weight is { IsFilled: true, TakesCompact: true })
                return weight;
            first ??= weight.IsFilled ? weight : null;
        }

        return first ?? throw new InvalidOperationException("The model's weights are not loaded (or were freed).");
    }
}
