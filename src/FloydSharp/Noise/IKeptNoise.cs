namespace FloydSharp.Noise;

/// <summary>Noise whose state can be kept, so that a run goes on with the same noise in another process.</summary>
internal interface IKeptNoise : INoiseSource
{
    /// <summary>The state now.</summary>
    byte[] GetState();

    /// <summary>Goes on where <see cref="GetState"/> was called.</summary>
    /// <exception cref="IO.FloydException">The bytes are of another noise, or damaged.</exception>
    void SetState(ReadOnlySpan<byte> state);
}
