using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way to repeat pixels (<see cref="Upsample2D"/>) and to average them (<see cref="Downsample2D"/>).</summary>
public interface IResamplingKernel
{
    /// <summary>Repeats each pixel 2 x 2 times, if this way serves these features.</summary>
    /// <param name="x">(B, C, H, W). Not disposed.</param>
    /// <returns>(B, C, 2H, 2W), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryDouble(Tensor x);

    /// <summary>The mean of each 2 x 2 pixels, if this way serves these features.</summary>
    /// <param name="x">(B, C, H, W). Not disposed.</param>
    /// <returns>(B, C, H/2, W/2), rounded down, owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryHalve(Tensor x);
}
