using FloydSharp.Models.Vae;
using static TorchSharp.torch;

namespace FloydSharp.Training.Losses;

/// <summary>What the autoencoder is trained to make small: differences of pixels and of edges, and a little of the latents' information.</summary>
internal static class AutoencoderLoss
{
    /// <summary>Computes the loss.</summary>
    /// <param name="decoded">(B, 3, H, W). Not disposed.</param>
    /// <param name="pictures">(B, 3, H, W) in [-1, 1]. Not disposed.</param>
    /// <param name="latents">What the encoder says of them. Not disposed.</param>
    /// <param name="klWeight">Factor on the Kullback-Leibler divergence per latent.</param>
    /// <returns>The loss to run backward from, and (4): loss, pixels, edges, divergence, detached. Owned by the caller.</returns>
    public static (Tensor Loss, Tensor Parts) Compute(Tensor decoded, Tensor pictures, DiagonalGaussian latents, double klWeight)
    {
        using var scope = NewDisposeScope();
        var difference = decoded.to(ScalarType.Float32) - pictures;           // (B, 3, H, W)
        var pixels = difference.abs().mean();
        var edges = Steps(difference, 2).abs().mean().Plus(Steps(difference, 3).abs().mean());
        var (mean, logVar) = (latents.Mean.to(ScalarType.Float32), latents.LogVar.to(ScalarType.Float32));
        var divergence = (mean.Square().Plus(logVar.exp()).Minus(1) - logVar).Times(0.5).mean();
        var loss = pixels.Plus(edges.Times(0.5)).Plus(divergence.Times(klWeight));
        var parts = stack([loss.detach(), pixels.detach(), edges.detach(), divergence.detach()]);
        return (loss.MoveToOuterDisposeScope(), parts.MoveToOuterDisposeScope());
    }

    /// <summary>Differences of neighbours: an error that is the same everywhere has none, a blurred edge has large ones.</summary>
    private static Tensor Steps(Tensor x, long dim)
    {
        using var scope = NewDisposeScope();
        var length = x.shape[dim] - 1;
        return (x.narrow(dim, 1, length) - x.narrow(dim, 0, length)).MoveToOuterDisposeScope();
    }
}
