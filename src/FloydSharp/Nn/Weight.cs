using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// A named place for one weight tensor of a <see cref="Layer"/>. It knows its shape from the model's configuration and
/// holds no tensor until it is filled, so a model costs nothing before its weights arrive.
/// </summary>
public sealed class Weight
{
    private readonly long[] _shape;
    private Tensor? _value;

    internal Weight(long[] shape) => _shape = shape;

    /// <summary>The shape that the configuration demands.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>The number of elements.</summary>
    public long ElementCount => _shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>Whether a tensor is present.</summary>
    public bool IsFilled => _value is not null;

    /// <summary>The tensor; owned by this weight.</summary>
    /// <exception cref="InvalidOperationException">The weight was never filled, or was cleared.</exception>
    public Tensor Value => _value ?? throw new InvalidOperationException(
        "This layer's weights are not loaded (or were freed). Load the checkpoint into the model before using it.");

    /// <summary>Puts a tensor in place and disposes the one that was there.</summary>
    /// <param name="value">Shape as <see cref="Shape"/>, any dtype and device. Owned by this weight from now on.</param>
    /// <exception cref="ArgumentException">The shape differs.</exception>
    public void Fill(Tensor value)
    {
        if (!value.shape.AsSpan().SequenceEqual(_shape))
        {
            throw new ArgumentException(
                $"The weight has shape [{string.Join(", ", _shape)}], the tensor [{string.Join(", ", value.shape)}].", nameof(value));
        }

        value.DetachFromDisposeScope();
        _value?.Dispose();
        _value = value;
    }

    /// <summary>Disposes the tensor, if there is one; the weight can be filled again.</summary>
    public void Clear()
    {
        _value?.Dispose();
        _value = null;
    }
}
