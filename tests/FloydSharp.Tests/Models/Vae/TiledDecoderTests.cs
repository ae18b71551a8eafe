using FloydSharp.Models.Vae;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.Vae;

public class TiledDecoderTests(ITestOutputHelper output)
{
    private const int Factor = 4;

    [Theory]
    [InlineData(24, 24, 16)]
    [InlineData(40, 56, 16)]
    [InlineData(49, 17, 16)]
    [InlineData(12, 35, 16)]
    [InlineData(21, 22, 8)]
    public void Decode_EachSize_EqualsTheReferencesWholeGrid(int height, int width, int tile)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var latents = randn([2, 4, height, width], generator: generator);
        var actual = new TiledDecoder(PositionDependent, tile, 0.25, Factor).Decode(latents, TestContext.Current.CancellationToken);
        TensorAssert.Close(WholeGrid(latents, tile), actual, 1e-6, output, $"{height} x {width}, tile {tile}");
    }

    [Theory]
    [InlineData(10, 0.25)]
    [InlineData(7, 0.3)]
    [InlineData(1, 0.5)]
    [InlineData(8, 0)]
    [InlineData(9, 0.5)]
    public void Decode_DecoderThatSeesNoEdges_EqualsDecodingAtOnce(int tile, double overlap)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var latents = randn([1, 3, 23, 31], generator: generator);
        var tiles = new TiledDecoder(Enlarge, tile, overlap, Factor);
        Assert.True(tiles.Splits(23, 31));
        TensorAssert.Close(Enlarge(latents), tiles.Decode(latents, TestContext.Current.CancellationToken), 1e-6, output, $"tile {tile}, overlap {overlap}");
    }

    [Fact]
    public void Decode_LeavesOnlyItsResultAlive()
    {
        using var latents = ones(1, 3, 20, 20);
        TensorAssert.NoLeaks(() => new TiledDecoder(Enlarge, 8, 0.25, Factor).Decode(latents, TestContext.Current.CancellationToken).Dispose());
    }

    [Fact]
    public void Decode_CancelledBetweenTiles_FreesEverything()
    {
        using var latents = ones(1, 3, 20, 20);
        using var source = new CancellationTokenSource();
        var tiles = new TiledDecoder(
            tile =>
            {
                source.Cancel();
                return Enlarge(tile);
            },
            8, 0.25, Factor);
        TensorAssert.NoLeaks(() => Assert.Throws<OperationCanceledException>(() => tiles.Decode(latents, source.Token)));
    }

    private static Tensor Enlarge(Tensor latents) =>
        nn.functional.interpolate(latents, scale_factor: [Factor, Factor], mode: InterpolationMode.Nearest);

    // Differs from tile to tile at the same place, as a decoder with a wide view does.
    private static Tensor PositionDependent(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var large = Enlarge(latents);
        var rows = arange(large.shape[2], ScalarType.Float32).view(1, 1, -1, 1) / large.shape[2];
        var columns = arange(large.shape[3], ScalarType.Float32).view(1, 1, 1, -1) / large.shape[3];
        return (large + rows + (2 * columns) + latents.mean()).MoveToOuterDisposeScope();
    }

    // The published procedure, written down plainly: decode all tiles, fade row by row and column by column in place, crop, join.
    private static Tensor WholeGrid(Tensor latents, int tile)
    {
        var (stride, blend) = ((int)(tile * 0.75), tile * Factor / 4);
        var limit = (tile * Factor) - blend;
        var grid = new List<List<Tensor>>();
        for (var y = 0; y < latents.shape[2]; y += stride)
        {
            grid.Add([]);
            for (var x = 0; x < latents.shape[3]; x += stride)
                grid[^1].Add(PositionDependent(latents.narrow(2, y, Math.Min(tile, latents.shape[2] - y)).narrow(3, x, Math.Min(tile, latents.shape[3] - x))));
        }

        var rows = new List<Tensor>();
        for (var i = 0; i < grid.Count; i++)
        {
            for (var j = 0; j < grid[i].Count; j++)
            {
                if (i > 0)
                    FadeInPlace(grid[i - 1][j], grid[i][j], 2, blend);
                if (j > 0)
                    FadeInPlace(grid[i][j - 1], grid[i][j], 3, blend);
            }

            rows.Add(cat([.. grid[i].Select(t => t.narrow(2, 0, Math.Min(limit, t.shape[2])).narrow(3, 0, Math.Min(limit, t.shape[3])))], 3));
        }

        return cat(rows, 2);
    }

    private static void FadeInPlace(Tensor before, Tensor tile, int dim, int blend)
    {
        var extent = (int)Math.Min(Math.Min(before.shape[dim], tile.shape[dim]), blend);
        for (var i = 0; i < extent; i++)
        {
            var share = (double)i / extent;
            using var line = tile.select(dim, i);
            using var mixed = (before.select(dim, before.shape[dim] - extent + i) * (1 - share)) + (line * share);
            line.copy_(mixed);
        }
    }
}
