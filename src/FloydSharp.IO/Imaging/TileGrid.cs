namespace FloydSharp.IO.Imaging;

/// <summary>
/// Overlapping tiles over a picture that is enlarged piece by piece. Tiles consist of cells; neighbours share one row or column
/// of whole cells.
/// </summary>
internal sealed class TileGrid
{
    /// <summary>Cells along a tile's side.</summary>
    public const int CellsPerTile = 4;

    /// <summary>Lays the tiles out.</summary>
    /// <param name="width">Pixels per row of the picture.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="side">A tile's side in pixels, a multiple of <see cref="CellsPerTile"/>.</param>
    public TileGrid(int width, int height, int side)
    {
        Cell = side / CellsPerTile;
        var columns = Starts(width, side);
        Tiles = [.. Starts(height, side).SelectMany(y => columns.Select(x => new PictureWindow(x, y, Math.Min(side, width - x), Math.Min(side, height - y))))];
    }

    /// <summary>A cell's side in pixels, which is how far neighbours overlap.</summary>
    public int Cell { get; }

    /// <summary>The tiles, row by row from the upper left; the last of a row or column may be smaller, but is wider than the overlap.</summary>
    public IReadOnlyList<PictureWindow> Tiles { get; }

    /// <summary>Puts an enlarged tile into the picture; what it shares with tiles before fades from those to it.</summary>
    /// <param name="picture">The enlarged picture, changed.</param>
    /// <param name="made">The enlarged tile, with the same channels.</param>
    /// <param name="tile">The tile. All must come in order.</param>
    public void Put(ImageBuffer picture, ImageBuffer made, PictureWindow tile)
    {
        var factor = made.Width / tile.Width;
        var (left, top, shared, channels) = (tile.X * factor, tile.Y * factor, Cell * factor, picture.Channels);
        for (var y = 0; y < made.Height; y++)
        {
            var down = top > 0 && y < shared ? (y + 0.5) / shared : 1;
            ReadOnlySpan<byte> source = made.Row(y);
            var target = picture.Row(top + y).Slice(left * channels, source.Length);
            var across = left > 0 ? shared : 0;
            if (down == 1)
                source[(across * channels)..].CopyTo(target[(across * channels)..]);
            for (var i = 0; i < (down == 1 ? across * channels : source.Length); i++)
            {
                var x = i / channels;
                var weight = x < across ? down * ((x + 0.5) / shared) : down;
                target[i] = (byte)Math.Round(target[i] + (weight * (source[i] - target[i])));
            }
        }
    }

    private int[] Starts(int size, int side)
    {
        List<int> starts = [0];
        while (starts[^1] + side < size)
            starts.Add(starts[^1] + side - Cell);
        return [.. starts];
    }
}
