using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// A named place for one weight tensor of a <see cref="Layer"/>. It knows its shape from the model's configuration and
/// holds no tensor until it is filled, so a model costs nothing before its weights arrive. Weights of linear layers and
/// convolutions can be kept compact (<see cref="CompactTensor"/>): in fewer bits than they are computed with.
/// </summary>
public sealed class Weight
{
    private readonly long[] _shape;
    private readonly Lock _gate = new();
    private readonly Dictionary<object, IDisposable> _prepared = [];
    private Tensor? _value;
    private CompactTensor? _compact;
    private Streamed? _streamed;
    private volatile Action<Tensor>? _restore;

    internal Weight(long[] shape) => _shape = shape;

    /// <summary>The shape that the configuration demands.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>The number of elements.</summary>
    public long ElementCount => _shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>Whether a tensor is present, or comes when it is used.</summary>
    public bool IsFilled => _value is not null || _compact is not null || _streamed is not null;

    /// <summary>The tensor; owned by this weight.</summary>
    /// <exception cref="InvalidOperationException">The weight was never filled, or was cleared, or is kept compact.</exception>
    public Tensor Value
    {
        get
        {
            _streamed?.Stream.Enter(_streamed.Unit);
            if (_restore is not null)
                Restore();
            return _value ?? throw (_compact is null ? NotFilled() : new InvalidOperationException(
                $"This weight is kept as {_compact.Values.dtype}; use {nameof(Compact)}, or load the model without quantization."));
        }
    }

    /// <summary>The weight as it is kept compact; owned by this weight. Null where <see cref="Value"/> is there, or nothing is.</summary>
    public CompactTensor? Compact
    {
        get
        {
            _streamed?.Stream.Enter(_streamed.Unit);
            return _compact;
        }
    }

    /// <summary>Whether the tensor comes when it is used, and goes again.</summary>
    internal bool IsStreamed => _streamed is not null;

    /// <summary>Whether it is kept compact, here or where it comes from; a streamed weight is not brought in to tell.</summary>
    internal bool IsKeptCompact => _streamed?.IsCompact ?? _compact is not null;

    /// <summary>Whether the tensor's memory belongs to it alone and can be written to; set by who filled it, false after <see cref="Clear"/>.</summary>
    internal bool IsRearrangeable { get; set; }

    /// <summary>Which unit of its stream it comes with; null where it stays.</summary>
    internal int? StreamUnit => _streamed?.Unit;

    /// <summary>Whether the layer can work with a compact form.</summary>
    public bool TakesCompact { get; internal init; }

    /// <summary>Whether single rows of it are looked up: it can be kept in 16 bits, and is not worth streaming.</summary>
    public bool IsTable { get; internal init; }

    /// <summary>The dtype that the layer computes in; for compact weights another one than they are kept in.</summary>
    /// <exception cref="InvalidOperationException">The weight was never filled, or was cleared.</exception>
    public ScalarType DType => _streamed?.DType ?? _compact?.DType ?? _value?.dtype ?? throw NotFilled();

    /// <summary>Where the weight is.</summary>
    /// <exception cref="InvalidOperationException">The weight was never filled, or was cleared.</exception>
    public Device Device => _streamed?.Device ?? _compact?.Device ?? _value?.device ?? throw NotFilled();

    /// <summary>Puts a tensor in place and disposes what was there.</summary>
    /// <param name="value">Shape as <see cref="Shape"/>, any dtype and device. Owned by this weight from now on.</param>
    /// <exception cref="ArgumentException">The shape differs.</exception>
    public void Fill(Tensor value)
    {
        CheckShape(value.shape, nameof(value));
        value.DetachFromDisposeScope();
        Clear();
        _value = value;
    }

    /// <summary>Puts a compact form in place and disposes what was there.</summary>
    /// <param name="value">Shape as <see cref="Shape"/>, any device. Owned by this weight from now on.</param>
    /// <exception cref="ArgumentException">The shape differs, or the layer takes no compact form.</exception>
    public void Fill(CompactTensor value)
    {
        if (!TakesCompact && !(IsTable && value.Scales is null))
            throw new ArgumentException("Only weights of linear layers and convolutions can be kept compact, and tables of embeddings in 16 bits.", nameof(value));
        CheckShape([.. value.Shape], nameof(value));
        Clear();
        _compact = value;
    }

    /// <summary>Disposes the tensors, if there are any; the weight can be filled again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var form in _prepared.Values)
                form.Dispose();
            _prepared.Clear();
        }

        _value?.Dispose();
        _compact?.Dispose();
        (_value, _compact, _restore, IsRearrangeable) = (null, null, null, false);
    }

    /// <summary>Leaves filling this weight to a stream, each time that it is used.</summary>
    /// <param name="stream">Not owned.</param>
    /// <param name="unit">Which of its units the weight belongs to.</param>
    /// <param name="dtype">The dtype that the layer computes in.</param>
    /// <param name="device">Where the weight will be.</param>
    /// <param name="compact">Whether it comes in a compact form.</param>
    internal void Attach(IWeightStream stream, int unit, ScalarType dtype, Device device, bool compact = false)
    {
        Clear();
        _streamed = new(stream, unit, dtype, device, compact);
    }

    /// <summary>Ends <see cref="Attach"/>: the weight is empty afterwards.</summary>
    internal void Detach()
    {
        _streamed = null;
        Clear();
    }

    private static InvalidOperationException NotFilled() => new(
        "This layer's weights are not loaded (or were freed). Load the checkpoint into the model before using it.");

    private void CheckShape(ReadOnlySpan<long> shape, string parameter)
    {
        if (!shape.SequenceEqual(_shape))
            throw new ArgumentException($"The weight has shape [{string.Join(", ", _shape)}], the tensor [{string.Join(", ", shape.ToArray())}].", parameter);
    }

    /// <summary>Another form of the value that a kernel made for itself; it lives as long as the value.</summary>
    /// <typeparam name="T">The form.</typeparam>
    /// <param name="key">Which form, where there may be several.</param>
    /// <param name="make">Makes it where it is not there; called by one thread at a time. Null means that it cannot be had now.</param>
    /// <returns>The form, owned by this weight; null where it cannot be had, as for a weight that is streamed.</returns>
    internal T? Prepared<T>(object key, Func<T?> make)
        where T : class, IDisposable
    {
        if (_streamed is not null)
            return null;
        lock (_gate)
        {
            if (!_prepared.TryGetValue(key, out var form) && make() is { } made)
                _prepared[key] = form = made;
            return (T?)form;
        }
    }

    /// <summary>
    /// The tensor with its numbers in a kernel's own order, brought into it in place: no memory is added. Whoever asks for
    /// <see cref="Value"/> gets them in the usual order again, so only weights that one kernel alone reads are worth it.
    /// </summary>
    /// <param name="arrange">Changes the order.</param>
    /// <param name="restore">Changes it back.</param>
    /// <returns>Owned by this weight; null unless it is <see cref="IsRearrangeable"/>.</returns>
    internal Tensor? Rearranged(Action<Tensor> arrange, Action<Tensor> restore)
    {
        if (!IsRearrangeable)
            return null;
        lock (_gate)
        {
            if (_restore is null && _value is not null)
            {
                arrange(_value);
                _restore = restore;
            }

            return _value;
        }
    }

    private void Restore()
    {
        lock (_gate)
        {
            if (_restore is { } restore && _value is not null)
                restore(_value);
            _restore = null;
        }
    }

    private sealed record Streamed(IWeightStream Stream, int Unit, ScalarType DType, Device Device, bool IsCompact);
}
