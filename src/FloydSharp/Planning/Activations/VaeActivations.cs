using FloydSharp.Models.Vae;
using FloydSharp.Nn;

namespace FloydSharp.Planning.Activations;

/// <summary>What the decoder of an <see cref="AutoencoderKL"/> holds; mirrors it.</summary>
internal sealed class VaeActivations(AutoencoderKLConfig config, LayerActivations layers)
{
    private static readonly ResnetOptions Plain = new();

    private ActivationTape Tape => layers.Tape;

    /// <summary>Walks through the decoding of one picture of latents; the picture is held afterwards.</summary>
    /// <returns>Values of the picture.</returns>
    public long Decode(long height, long width)
    {
        var channels = config.BlockOutChannels.Reverse().ToList();
        var latents = new MapShape(1, config.LatentChannels, height, width);
        if (config.UsePostQuantConv)
            layers.Conv2d(latents, config.LatentChannels, 1);
        var hidden = layers.Conv2d(latents, channels[0], 3);
        hidden = Resnet(hidden, channels[0]);
        if (config.MidBlockAddAttention)
            Attend(hidden);
        hidden = Resnet(hidden, channels[0]);
        for (var level = 0; level < channels.Count; level++)
            hidden = Up(hidden, channels[level], doubles: level < channels.Count - 1);
        layers.GroupNorm(hidden);
        Tape.Drop(hidden.Values);
        var picture = layers.Conv2d(hidden, config.OutChannels, 3);
        Tape.Drop(hidden.Values, config.UsePostQuantConv ? latents.Values : 0);
        return picture.Values;
    }

    /// <summary>Walks through the decoding of one picture in tiles; the picture is held afterwards.</summary>
    /// <param name="height">Height of the latents.</param>
    /// <param name="width">Their width.</param>
    /// <param name="tile">Side of a tile, in latents.</param>
    /// <param name="overlap">Share of a tile that its neighbour covers too.</param>
    /// <returns>Values of the picture.</returns>
    public long DecodeTiles(long height, long width, long tile, double overlap)
    {
        var (rows, columns) = (Math.Min(tile, height), Math.Min(tile, width));
        var factor = config.SpatialFactor;
        var picture = Tape.New(config.OutChannels * height * width * factor * factor);
        // The edges of the tiles above, one row of them, and of the one to the left.
        var edges = Tape.New((long)(config.OutChannels * (width + tile) * tile * overlap * factor * factor * 1.5));
        var made = Decode(rows, columns);
        Tape.New(2 * made);
        Tape.Drop(3 * made, edges);
        return picture;
    }

    private MapShape Resnet(MapShape x, long channels)
    {
        var result = layers.Resnet(x, channels, Plain, timed: false);
        Tape.Drop(x.Values);
        return result;
    }

    private MapShape Up(MapShape x, long channels, bool doubles)
    {
        // The first resnet's input belongs to the level's caller.
        var hidden = layers.Resnet(x, channels, Plain, timed: false);
        for (var i = 0; i < config.LayersPerBlock; i++)
            hidden = Resnet(hidden, channels);
        if (doubles)
        {
            var large = layers.Doubled(hidden, channels);
            Tape.Drop(hidden.Values);
            hidden = large;
        }

        Tape.Drop(x.Values);
        return hidden;
    }

    private void Attend(MapShape x)
    {
        var n = x.Values;
        // Normalised, as tokens, then queries, keys, values, what they give, projected, as a picture, with the residual.
        layers.GroupNorm(x, activates: false);
        layers.Replace(n);
        Tape.New(3 * n);
        Tape.Drop(n);
        Tape.New(n);
        layers.Replace(n);
        Tape.New(2 * n);
        Tape.Drop(5 * n, n);
    }
}
