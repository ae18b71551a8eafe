using static TorchSharp.torch;

namespace FloydSharp.Training.Optimization;

/// <summary>
/// Random numbers drawn on the device. On a CPU from a generator of its own; on a GPU, for which TorchSharp makes no
/// generators, from the device's own, which this seeds: one run has the device to itself.
/// </summary>
internal sealed class RandomTensors : IDisposable
{
    private readonly Device _device;
    private readonly Generator? _generator;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="device">Where tensors are made.</param>
    public RandomTensors(long seed, Device device)
    {
        _device = device;
        if (device.type == TorchSharp.DeviceType.CUDA)
            cuda.manual_seed(seed);
        else
            _generator = new Generator(unchecked((ulong)seed), device);
    }

    /// <summary>Standard normal numbers.</summary>
    /// <returns>Float32; owned by the caller.</returns>
    public Tensor Normal(params long[] shape) => randn(shape, ScalarType.Float32, _device, generator: _generator);

    /// <summary>Numbers spread evenly over [0, 1).</summary>
    /// <returns>Float32; owned by the caller.</returns>
    public Tensor Uniform(params long[] shape) => rand(shape, ScalarType.Float32, _device, generator: _generator);

    /// <summary>Frees the generator.</summary>
    public void Dispose() => _generator?.Dispose();
}
