using FloydSharp.IO.Imaging;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>One stage's enlarging in tiles: the memory of a stage depends on the tile, only the finished pixels on the picture.</summary>
internal sealed class StageTiles
{
    /// <summary>The smallest side of a tile.</summary>
    public const int LeastSide = 16;

    private readonly SmallPictures _small;
    private readonly TileGrid _grid;

    /// <summary>Cuts pictures.</summary>
    /// <param name="small">What is enlarged.</param>
    /// <param name="grid">From <see cref="Grid"/>.</param>
    public StageTiles(SmallPictures small, TileGrid grid) => (_small, _grid) = (small, grid);

    /// <summary>The tiles in order, in pixels of the small picture.</summary>
    public IReadOnlyList<PictureWindow> All => _grid.Tiles;

    /// <summary>The tiles of a stage; null where it enlarges whole pictures.</summary>
    /// <param name="start">What the run starts from.</param>
    /// <param name="small">The size of what is enlarged.</param>
    /// <param name="usualSide">The side that the stage was made for.</param>
    /// <param name="multiple">What the sides of its small picture must be multiples of.</param>
    public static TileGrid? Grid(CascadeStart? start, (int Width, int Height) small, int usualSide, int multiple)
    {
        if (start is not CascadeStart.Enlargement enlargement || enlargement.TileSide == 0)
            return null;
        var longer = Math.Max(small.Width, small.Height);
        if (longer <= (enlargement.TileSide ?? usualSide * 3 / 2))
            return null;
        var unit = TileGrid.CellsPerTile * multiple;
        var side = ((enlargement.TileSide ?? usualSide) + unit - 1) / unit * unit;
        return longer <= side ? null : new(small.Width, small.Height, side);
    }

    /// <summary>Noise for a tile, which is the same as its neighbours' where they overlap.</summary>
    /// <returns>Owned by the caller.</returns>
    public TileNoise Noise(CascadeRun run, int stage, PictureWindow tile) => new(run, stage, tile, _grid.Cell);

    /// <summary>The small pictures' part.</summary>
    /// <returns>(B, 3, h, w), float32 on the CPU, around [-1, 1]; owned by the caller.</returns>
    public Tensor Part(PictureWindow tile) => _small.Part(tile);

    /// <summary>Black pictures to put tiles into.</summary>
    /// <param name="factor">How many times larger they are than the small ones.</param>
    public IReadOnlyList<ImageBuffer> Blank(int factor) =>
        [.. Enumerable.Range(0, _small.Count).Select(_ => new ImageBuffer(_small.Width * factor, _small.Height * factor, 3))];

    /// <summary>Puts a tile of each picture into it.</summary>
    /// <param name="pictures">From <see cref="Blank"/>.</param>
    /// <param name="made">The tile of each.</param>
    /// <param name="tile">The tile; all must come in order.</param>
    public void Put(IReadOnlyList<ImageBuffer> pictures, IReadOnlyList<ImageBuffer> made, PictureWindow tile)
    {
        for (var i = 0; i < pictures.Count; i++)
            _grid.Put(pictures[i], made[i], tile);
    }
}
