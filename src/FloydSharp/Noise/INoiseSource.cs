using static TorchSharp.torch;

namespace FloydSharp.Noise;

/// <summary>Gives standard normal noise, draw after draw; all randomness of a request comes from one of these.</summary>
public interface INoiseSource
{
    /// <summary>Draws the next noise tensor.</summary>
    /// <param name="shape">(B, ...).</param>
    /// <param name="dtype">A floating point type; another type gives other numbers from the same seed, as in PyTorch.</param>
    /// <param name="device">Where the tensor goes.</param>
    /// <returns>Independent N(0, 1) values, owned by the caller.</returns>
    Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device);
}
