using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Training.Optimization;

/// <summary>
/// Layer trees whose weights are views of one flat buffer, so that an optimizer's step is a dozen tensor operations however
/// many weights there are. Owns the buffers and the weights; the layers themselves stay the caller's.
/// </summary>
internal sealed class TrainableModel : IDisposable
{
    // In elements: matrix kernels want their operands at multiples of 16 bytes or more.
    private const long Alignment = 64;

    private readonly List<ParameterSlot> _slots = [];
    private readonly Dictionary<string, Layer> _parts;

    /// <summary>Lays out the buffers. The weights are zero until <see cref="Initialise"/> or <see cref="Load"/>.</summary>
    /// <param name="parts">Layer trees by the names of their components; their weights are filled from here on.</param>
    /// <param name="device">Where everything lives.</param>
    /// <param name="dtype">What the layers compute in: bfloat16 on a GPU, float32 on a CPU.</param>
    public TrainableModel(IReadOnlyList<KeyValuePair<string, Layer>> parts, Device device, ScalarType dtype)
    {
        _parts = parts.ToDictionary();
        long offset = 0;
        foreach (var (part, layer) in parts)
        {
            foreach (var (name, weight) in layer.NamedWeights())
            {
                var slot = new ParameterSlot(part, name, weight, offset);
                _slots.Add(slot);
                offset += (slot.Count + Alignment - 1) / Alignment * Alignment;
            }
        }

        Size = offset;
        Device = device;
        DType = dtype;
        using var noGrad = no_grad();
        Master = zeros(Size, ScalarType.Float32, device).DetachFromDisposeScope();
        Average = zeros(Size, ScalarType.Float32, device).DetachFromDisposeScope();
        Working = zeros(Size, dtype, device).DetachFromDisposeScope();
        Gradient = zeros(Size, dtype, device).DetachFromDisposeScope();
        DecayMask = DecayMaskOf().DetachFromDisposeScope();
        Bind();
    }

    /// <summary>The models, by the names of their components.</summary>
    public IReadOnlyDictionary<string, Layer> Parts => _parts;

    /// <summary>All weights in the order of the buffers.</summary>
    public IReadOnlyList<ParameterSlot> Slots => _slots;

    /// <summary>Elements of each buffer, gaps between weights included.</summary>
    public long Size { get; }

    /// <summary>Number of parameters.</summary>
    public long ParameterCount => _slots.Sum(s => s.Count);

    /// <summary>Where everything lives.</summary>
    public Device Device { get; }

    /// <summary>What the layers compute in.</summary>
    public ScalarType DType { get; }

    /// <summary>The weights in float32, which the optimizer changes, (Size).</summary>
    public Tensor Master { get; }

    /// <summary>Their moving average in float32, which checkpoints hold, (Size).</summary>
    public Tensor Average { get; }

    /// <summary>The weights that the layers compute with, (Size).</summary>
    public Tensor Working { get; }

    /// <summary>What backward adds to, (Size), the layers' dtype.</summary>
    public Tensor Gradient { get; }

    /// <summary>1 where weights decay (matrices and kernels), 0 where they do not (norms, biases, tables), (Size), float32.</summary>
    public Tensor DecayMask { get; }

    /// <summary>Number of parameters of one component.</summary>
    public long CountOf(string part) => _slots.Where(s => s.Part == part).Sum(s => s.Count);

    /// <summary>Draws fresh weights.</summary>
    /// <param name="seed">Any number; the same gives the same weights on every device.</param>
    public void Initialise(long seed)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(unchecked((ulong)seed), CPU);
        foreach (var slot in _slots)
        {
            using var scope = NewDisposeScope();
            using var target = ViewOf(Master, slot);
            target.copy_(WeightInit.Draw(slot.Part, slot.Name, slot.Shape, generator));
        }

        Average.copy_(Master);
        Publish();
    }

    /// <summary>Fills one component, and its average, from a checkpoint.</summary>
    /// <param name="part">The component.</param>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="IO.FloydException">The weights are missing, damaged or of another model.</exception>
    public void Load(string part, string folder)
    {
        using var noGrad = no_grad();
        using var weights = WeightSet.Open(folder, variant: WeightVariant.Choose(folder, new()));
        CheckpointLoader.Load(_parts[part], weights, new LoadOptions { Device = Device, DType = ScalarType.Float32, MapWeights = false });
        foreach (var slot in _slots.Where(s => s.Part == part))
        {
            using var scope = NewDisposeScope();
            ViewOf(Master, slot).copy_(slot.Weight.Value);
            ViewOf(Average, slot).copy_(slot.Weight.Value);
        }

        Bind();
        Publish();
    }

    /// <summary>Copies the master weights to where the layers see them.</summary>
    public void Publish()
    {
        using var noGrad = no_grad();
        Working.copy_(Master);
    }

    /// <summary>Lets the layers compute with the averaged weights until disposed.</summary>
    public IDisposable UseAverage()
    {
        using var noGrad = no_grad();
        Working.copy_(Average);
        return new Restore(this);
    }

    /// <summary>Sets the gradient to zero, before backward.</summary>
    public void ZeroGradient()
    {
        using var noGrad = no_grad();
        Gradient.zero_();
    }

    /// <summary>The weights of a component as a writer takes them.</summary>
    /// <param name="part">The component.</param>
    /// <param name="buffer">The flat buffer that holds them, such as <see cref="Average"/>. Not disposed.</param>
    /// <param name="dtype">The dtype in the file.</param>
    public IEnumerable<SafetensorsTensorSource> SourcesOf(string part, Tensor buffer, ScalarType dtype)
    {
        foreach (var slot in _slots.Where(s => s.Part == part))
        {
            var view = ViewOf(buffer, slot).DetachFromDisposeScope();
            var source = TensorFile.Source(slot.Name, view, dtype);
            yield return new(source.Name, source.DType, source.Shape, stream =>
            {
                using (view)
                    source.Write(stream);
            });
        }
    }

    /// <summary>
    /// The part of a flat buffer that belongs to a weight, in its shape. Kernels lie with their input channels innermost, so that
    /// convolutions run, and leave their results, with channels last.
    /// </summary>
    /// <returns>A view; owned by the caller.</returns>
    public static Tensor ViewOf(Tensor buffer, ParameterSlot slot)
    {
        using var scope = NewDisposeScope();
        var flat = buffer.narrow(0, slot.Offset, slot.Count);
        var shape = slot.Shape;
        return (shape.Length == 4
            ? flat.view(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2)
            : flat.view(shape)).MoveToOuterDisposeScope();
    }

    /// <summary>Frees buffers and weights.</summary>
    public void Dispose()
    {
        foreach (var slot in _slots)
            slot.Weight.Clear();
        Master.Dispose();
        Average.Dispose();
        Working.Dispose();
        Gradient.Dispose();
        DecayMask.Dispose();
    }

    /// <summary>Puts a leaf over the working buffer into each slot, whose gradient is a view of the flat gradient.</summary>
    private void Bind()
    {
        foreach (var slot in _slots)
        {
            using var scope = NewDisposeScope();
            var leaf = ViewOf(Working, slot).detach().requires_grad_();
            leaf.grad = ViewOf(Gradient, slot);
            slot.Weight.Fill(leaf);
        }
    }

    private Tensor DecayMaskOf()
    {
        var mask = new float[Size];
        foreach (var slot in _slots.Where(s => WeightInit.Decays(s.Name, s.Shape)))
            mask.AsSpan((int)slot.Offset, (int)slot.Count).Fill(1);
        return tensor(mask, device: Device);
    }

    private sealed class Restore(TrainableModel model) : IDisposable
    {
        public void Dispose() => model.Publish();
    }
}
