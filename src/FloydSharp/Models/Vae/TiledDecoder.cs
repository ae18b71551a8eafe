// Follows diffusers (Apache-2.0), src/diffusers/models/autoencoders/autoencoder_kl.py, tiled_decode, blend_v, blend_h.
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>
/// Decodes latents in overlapping square tiles and fades each tile into the next, so memory depends on the tile and not on
/// the picture. Tiles do not see each other, so the result differs a little from decoding at once.
/// </summary>
public sealed class TiledDecoder
{
    private readonly Func<Tensor, Tensor> _decode;
    private readonly long _tile;
    private readonly long _stride;
    private readonly long _factor;

    /// <summary>Sets the tiles up.</summary>
    /// <param name="decode">Latents (B, c, h, w) to pixels (B, C, h * factor, w * factor); its result is disposed.</param>
    /// <param name="tileLatentSize">Side of a tile in latents, at least 1.</param>
    /// <param name="overlap">Share of the side that neighbours have in common, from 0 to 0.5.</param>
    /// <param name="factor">Pixels per latent along a side.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public TiledDecoder(Func<Tensor, Tensor> decode, long tileLatentSize, double overlap, long factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tileLatentSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(overlap, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(overlap, 0.5);
        _decode = decode;
        _tile = tileLatentSize;
        _stride = Math.Max((long)(tileLatentSize * (1 - overlap)), 1);
        _factor = factor;
    }

    /// <summary>Whether latents of a size are more than one tile.</summary>
    public bool Splits(long height, long width) => height > _tile || width > _tile;

    /// <summary>Decodes tile by tile.</summary>
    /// <param name="latents">(B, c, h, w). Not disposed.</param>
    /// <param name="cancellation">Checked before each tile.</param>
    /// <returns>(B, C, h * factor, w * factor), owned by the caller.</returns>
    public Tensor Decode(Tensor latents, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (latents.shape[2], latents.shape[3]);
        var above = new Tensor?[(width + _stride - 1) / _stride];
        Tensor? picture = null;

        for (var y = 0L; y < height; y += _stride)
        {
            Tensor? left = null;
            for (var x = 0L; x < width; x += _stride)
            {
                cancellation.ThrowIfCancellationRequested();
                using var tileScope = NewDisposeScope();
                var latentTile = latents.narrow(2, y, Math.Min(_tile, height - y)).narrow(3, x, Math.Min(_tile, width - x)); // (B, c, t, t)
                var tile = _decode(latentTile);                               // (B, C, t * factor, t * factor)
                ref var top = ref above[x / _stride];
                tile = Fade(top, tile, 2);
                tile = Fade(left, tile, 3);

                Replace(ref top, Edge(tile, 2));
                Replace(ref left, Edge(tile, 3));
                picture ??= empty(latents.shape[0], tile.shape[1], height * _factor, width * _factor, dtype: tile.dtype, device: tile.device)
                    .MoveToOuterDisposeScope();                               // (B, C, h * factor, w * factor)
                Put(picture, tile, y * _factor, x * _factor);
            }
        }

        return picture!.MoveToOuterDisposeScope();
    }

    // The part that the next tile covers too; a copy, so that the tile itself can go.
    private Tensor Edge(Tensor tile, int dim)
    {
        var shared = Math.Min((_tile - _stride) * _factor, tile.shape[dim]);
        return tile.narrow(dim, tile.shape[dim] - shared, shared).clone().MoveToOuterDisposeScope();
    }

    private static void Replace(ref Tensor? edge, Tensor next)
    {
        edge?.Dispose();
        edge = next;
    }

    private void Put(Tensor picture, Tensor tile, long y, long x)
    {
        var (rows, columns) = (Math.Min(tile.shape[2], _stride * _factor), Math.Min(tile.shape[3], _stride * _factor));
        picture.narrow(2, y, rows).narrow(3, x, columns).copy_(tile.narrow(2, 0, rows).narrow(3, 0, columns));
    }

    private static Tensor Fade(Tensor? before, Tensor tile, int dim)
    {
        var extent = Math.Min(before?.shape[dim] ?? 0, tile.shape[dim]);
        if (before is null || extent == 0)
            return tile;

        long[] shape = [1, 1, 1, 1];
        shape[dim] = extent;
        var weight = TensorArithmetic.Range(0, extent, ScalarType.Float32, tile.device).DividedBy(extent).view(shape);
        var mixed = (before.narrow(dim, before.shape[dim] - extent, extent) * weight.SubtractedFrom(1))
            .Plus(tile.narrow(dim, 0, extent) * weight)
            .to(tile.dtype);
        return extent == tile.shape[dim] ? mixed : cat([mixed, tile.narrow(dim, extent, tile.shape[dim] - extent)], dim);
    }
}
