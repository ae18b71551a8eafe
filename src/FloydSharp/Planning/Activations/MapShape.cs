namespace FloydSharp.Planning.Activations;

/// <summary>The shape of pictures in channels, (B, C, H, W).</summary>
internal readonly record struct MapShape(long Batch, long Channels, long Height, long Width)
{
    /// <summary>How many values there are.</summary>
    public long Values => checked(Batch * Channels * Height * Width);

    /// <summary>Half the sides, as a convolution of stride 2 with a border gives them.</summary>
    public MapShape Halved() => this with { Height = (Height + 1) / 2, Width = (Width + 1) / 2 };
}
