using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class TileGridTests
{
    [Fact]
    public void Tiles_AllWidths_CoverThePictureAndShareOneCell()
    {
        foreach (var side in new[] { 16, 64, 256 })
        {
            for (var width = 8; width <= 1024; width++)
            {
                var grid = new TileGrid(width, 40, side);
                var row = grid.Tiles.Where(t => t.Y == 0).OrderBy(t => t.X).ToArray();

                Assert.Equal((0, width), (row[0].X, row[^1].X + row[^1].Width));
                Assert.All(row[..^1], t => Assert.Equal(side, t.Width));
                Assert.All(row, t => Assert.Equal(0, t.X % grid.Cell));
                for (var i = 1; i < row.Length; i++)
                    Assert.Equal(grid.Cell, row[i - 1].X + row[i - 1].Width - row[i].X);
                Assert.True(row.Length == 1 || row[^1].Width > grid.Cell);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Put_TilesOfOnePicture_GiveThePicture(int factor)
    {
        for (var i = 0; i < 12; i++)
        {
            var (width, height) = (8 + (i * 17), 200 - (i * 15));
            var image = TestImages.Noise(width * factor, height * factor, 3, i);
            var grid = new TileGrid(width, height, 64);
            var result = new ImageBuffer(image.Width, image.Height, 3);

            foreach (var tile in grid.Tiles)
                grid.Put(result, image.Crop(tile.X * factor, tile.Y * factor, tile.Width * factor, tile.Height * factor), tile);

            Assert.True(result.ContentEquals(image), $"{width}x{height}");
        }
    }

    [Fact]
    public void Put_TilesOfDifferentColours_HaveNoSeam()
    {
        var grid = new TileGrid(200, 150, 64);
        var result = new ImageBuffer(200, 150, 1);
        var shade = 40;
        foreach (var tile in grid.Tiles)
        {
            var made = new ImageBuffer(tile.Width, tile.Height, 1);
            made.Pixels.AsSpan().Fill((byte)(shade = 200 - shade));
            grid.Put(result, made, tile);
        }

        // From 40 to 160 over 16 pixels are steps of 7.5; in corners four tiles meet, and each rounds.
        for (var y = 1; y < 150; y++)
        {
            for (var x = 1; x < 200; x++)
            {
                Assert.InRange(result.Row(y)[x] - result.Row(y)[x - 1], -32, 32);
                Assert.InRange(result.Row(y)[x] - result.Row(y - 1)[x], -32, 32);
            }
        }

        Assert.Contains((byte)160, result.Pixels);
        Assert.Contains((byte)40, result.Pixels);
    }
}
