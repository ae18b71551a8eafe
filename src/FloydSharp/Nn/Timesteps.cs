// Follows diffusers (Apache-2.0), src/diffusers/models/embeddings.py, get_timestep_embedding.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// Sines and cosines of a number at geometrically spaced frequencies from 1 to 1/10000 (Vaswani et al. 2017,
/// arXiv:1706.03762, section 3.5), as diffusion models are told the time. It has no weights.
/// </summary>
public sealed class Timesteps
{
    private const double MaxPeriod = 10000;

    private readonly long _half;
    private readonly bool _cosineFirst;
    private readonly double _frequencyShift;

    /// <summary>Creates the embedding.</summary>
    /// <param name="channels">Width of the result; even.</param>
    /// <param name="flipSinToCos">Whether the cosines stand before the sines.</param>
    /// <param name="freqShift">Subtracted from the number of frequencies where they are spaced.</param>
    /// <exception cref="ArgumentException">The width is odd or not positive, or the shift leaves no frequencies.</exception>
    public Timesteps(long channels, bool flipSinToCos, double freqShift)
    {
        if (channels <= 0 || channels % 2 != 0)
            throw new ArgumentException($"A time embedding of width {channels} does not split into sines and cosines.", nameof(channels));
        if (freqShift >= channels / 2)
            throw new ArgumentException($"A frequency shift of {freqShift} leaves no frequencies of {channels / 2}.", nameof(freqShift));
        _half = channels / 2;
        _cosineFirst = flipSinToCos;
        _frequencyShift = freqShift;
    }

    /// <summary>Embeds.</summary>
    /// <param name="timesteps">(B), any real dtype. Not disposed.</param>
    /// <param name="dtype">The dtype of the result; the computation itself is in float32, as the model was trained.</param>
    /// <returns>(B, D) in [-1, 1] on the timesteps' device; owned by the caller.</returns>
    public Tensor forward(Tensor timesteps, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var exponent = TensorArithmetic.Range(0, _half, ScalarType.Float32, timesteps.device)
            .Times(-Math.Log(MaxPeriod))
            .DividedBy(_half - _frequencyShift);                              // (D/2)
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * exp(exponent).unsqueeze(0); // (B, D/2)
        var (sines, cosines) = (sin(angles), cos(angles));
        var both = _cosineFirst ? cat([cosines, sines], dim: 1) : cat([sines, cosines], dim: 1); // (B, D)
        return both.to(dtype).MoveToOuterDisposeScope();
    }
}
