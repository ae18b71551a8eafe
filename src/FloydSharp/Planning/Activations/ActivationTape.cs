namespace FloydSharp.Planning.Activations;

/// <summary>
/// Counts what a forward pass holds at once, in bytes: the estimators walk through a model as its forward methods do and tell
/// the tape each tensor that comes and goes. No tensor exists.
/// </summary>
/// <param name="elementSize">Bytes of a value.</param>
/// <param name="device">What the device's kernels take beside the tensors.</param>
internal sealed class ActivationTape(int elementSize, KernelScratch device)
{
    /// <summary>What is held now.</summary>
    public long Live { get; private set; }

    /// <summary>The most that was held at once.</summary>
    public long Peak { get; private set; }

    /// <summary>A tensor comes.</summary>
    /// <returns>Its number of values, for <see cref="Drop"/>.</returns>
    public long New(long values)
    {
        Live = checked(Live + (values * elementSize));
        Peak = Math.Max(Peak, Live);
        return values;
    }

    /// <summary>Tensors go.</summary>
    public void Drop(params ReadOnlySpan<long> values)
    {
        foreach (var count in values)
            Live -= count * elementSize;
    }

    /// <summary>Something is held for the length of one operation.</summary>
    public void Pass(long values) => Drop(New(values));

    /// <summary>A convolution's result comes; while it is computed, the kernel has its own copies.</summary>
    /// <param name="source">Values that go in.</param>
    /// <param name="weights">Values of its weight.</param>
    /// <param name="result">Values that come out.</param>
    /// <returns><paramref name="result"/>.</returns>
    public long Convolve(long source, long weights, long result)
    {
        New(result);
        Pass(device.OfConvolution(source, weights, result));
        return result;
    }
}
