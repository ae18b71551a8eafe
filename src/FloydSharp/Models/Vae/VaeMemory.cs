namespace FloydSharp.Models.Vae;

/// <summary>How much memory decoding takes; arithmetic alone.</summary>
public static class VaeMemory
{
    // A resnet block holds its input, the normalised input and a convolution's result at once, and the convolution its own
    // copies of the last two in another layout. Measured on a CPU for the x4 upscaler: 4.5 at 384, 4.8 at 256 pixels.
    private const long LiveActivations = 5;

    // The attention holds its input, queries, keys, values, result and one more while projecting.
    private const long LiveInAttention = 6;

    private const long SmallestTile = 8;

    /// <summary>Estimates the activations' peak, without weights.</summary>
    /// <param name="config">The autoencoder.</param>
    /// <param name="batch">Pictures B at once.</param>
    /// <param name="height">Height of the latents.</param>
    /// <param name="width">Width of the latents.</param>
    /// <param name="elementSize">Bytes per number.</param>
    /// <returns>Bytes.</returns>
    public static long DecodeBytes(AutoencoderKLConfig config, long batch, long height, long width, long elementSize)
    {
        var channels = config.BlockOutChannels.Reverse().ToList();
        var values = LiveInAttention * channels[0];
        for (var level = 0; level < channels.Count; level++)
        {
            var widest = Math.Max(channels[Math.Max(level - 1, 0)], channels[level]);
            values = Math.Max(values, LiveActivations * widest << (2 * level));
        }

        return checked(values * batch * height * width * elementSize);
    }

    /// <summary>The largest tile that keeps <see cref="DecodeBytes"/> and the finished picture within a limit.</summary>
    /// <param name="config">The autoencoder.</param>
    /// <param name="batch">Pictures B at once.</param>
    /// <param name="height">Height of the latents.</param>
    /// <param name="width">Width of the latents.</param>
    /// <param name="elementSize">Bytes per number.</param>
    /// <param name="limitBytes">The limit.</param>
    /// <returns>Side of the tile in latents, a multiple of 8 and at least 8; null when no tiles are needed.</returns>
    public static long? TileFor(AutoencoderKLConfig config, long batch, long height, long width, long elementSize, long limitBytes)
    {
        if (DecodeBytes(config, batch, height, width, elementSize) <= limitBytes)
            return null;

        var picture = config.OutChannels * batch * height * width * config.SpatialFactor * config.SpatialFactor * elementSize;
        var perLatent = DecodeBytes(config, batch, 1, 1, elementSize);
        var side = (long)Math.Sqrt(Math.Max(limitBytes - picture, 0) / (double)perLatent);
        return Math.Max(side / SmallestTile * SmallestTile, SmallestTile);
    }
}
