// Follows diffusers (Apache-2.0), src/diffusers/models/autoencoders/vae.py, DiagonalGaussianDistribution.
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>What the encoder says of the latents: an independent normal distribution for each. Owns its tensors.</summary>
public sealed class DiagonalGaussian : IDisposable
{
    /// <summary>Splits the encoder's output.</summary>
    /// <param name="moments">(B, 2 * latent channels, h, w), means before log variances. Not disposed.</param>
    public DiagonalGaussian(Tensor moments)
    {
        using var scope = NewDisposeScope();
        var parts = moments.chunk(2, dim: 1);                                 // 2 x (B, latent channels, h, w)
        Mean = parts[0].contiguous().MoveToOuterDisposeScope();
        LogVar = parts[1].Clamp(-30.0, 20.0).MoveToOuterDisposeScope();
    }

    /// <summary>Means (B, latent channels, h, w); also the mode. Owned by this object.</summary>
    public Tensor Mean { get; }

    /// <summary>Natural logarithms of the variances, within [-30, 20], (B, latent channels, h, w). Owned by this object.</summary>
    public Tensor LogVar { get; }

    /// <summary>Draws latents: <c>mean + exp(logvar / 2) * noise</c>.</summary>
    /// <param name="noise">Standard normal noise, the shape, dtype and device of <see cref="Mean"/>. Not disposed.</param>
    /// <returns>(B, latent channels, h, w), not yet scaled; owned by the caller.</returns>
    public Tensor Sample(Tensor noise)
    {
        using var scope = NewDisposeScope();
        return Mean.Plus(LogVar.Times(0.5).exp() * noise).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Mean.Dispose();
        LogVar.Dispose();
    }
}
