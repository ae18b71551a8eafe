using FloydSharp.IO;

namespace FloydSharp.Models.Vae;

/// <summary>
/// How <see cref="AutoencoderKL.Decode"/> trades memory for time. From fastest to smallest: defaults, <see cref="Slicing"/>,
/// <see cref="MemoryLimitBytes"/>, <see cref="Tiling"/>. Slicing changes nothing in the result; tiles do, as each sees only itself.
/// </summary>
public sealed record VaeDecodeOptions
{
    /// <summary>Whether the pictures of a batch are decoded one after the other.</summary>
    public bool Slicing { get; init; }

    /// <summary>Whether pictures larger than a tile are decoded in tiles of <see cref="TileSampleSize"/>.</summary>
    public bool Tiling { get; init; }

    /// <summary>Side of a tile in pixels of the result; null means the size the autoencoder was trained on.</summary>
    public long? TileSampleSize { get; init; }

    /// <summary>Share of a tile's side that it has in common with the next, from 0 to 0.5; the two are blended there.</summary>
    public double TileOverlap { get; init; } = 0.25;

    /// <summary>
    /// Bytes that activations may take, as <see cref="VaeMemory.DecodeBytes"/> estimates them; a larger picture is decoded in
    /// the largest tiles that fit. Null means no limit.
    /// </summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="FloydException">A value is out of range.</exception>
    public void Validate()
    {
        if (TileSampleSize is <= 0)
            throw new FloydException($"The VAE's tile size is {TileSampleSize} pixels; give a positive number.");
        if (!(TileOverlap is >= 0 and <= 0.5))
            throw new FloydException($"The VAE's tile overlap is {TileOverlap}; give a share from 0 to 0.5.");
        if (MemoryLimitBytes is <= 0)
            throw new FloydException($"The VAE's memory limit is {MemoryLimitBytes} bytes; give a positive number, or none for no limit.");
    }
}
