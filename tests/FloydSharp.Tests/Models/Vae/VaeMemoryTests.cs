using FloydSharp.Models.Vae;
using Xunit;

namespace FloydSharp.Tests.Models.Vae;

public class VaeMemoryTests
{
    private static readonly AutoencoderKLConfig Config = AutoencoderKLConfig.X4Upscaler;

    [Fact]
    public void DecodeBytes_1024Pixels_IsFiveWideActivations() =>
        Assert.Equal(5L * 256 * 1024 * 1024 * 4, VaeMemory.DecodeBytes(Config, 1, 256, 256, 4));

    [Fact]
    public void TileFor_EnoughMemory_NeedsNoTiles() => Assert.Null(VaeMemory.TileFor(Config, 1, 256, 256, 4, 6L << 30));

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(200L << 20)]
    public void TileFor_LessMemory_GivesTheLargestTileThatFits(long limit)
    {
        var tile = VaeMemory.TileFor(Config, 1, 256, 256, 4, limit)!.Value;
        var picture = 3L * 1024 * 1024 * 4;
        Assert.Equal(0, tile % 8);
        Assert.True(VaeMemory.DecodeBytes(Config, 1, tile, tile, 4) + picture <= limit);
        Assert.True(VaeMemory.DecodeBytes(Config, 1, tile + 8, tile + 8, 4) + picture > limit);
    }

    [Fact]
    public void TileFor_HardlyAnyMemory_StopsAtTheSmallestTile() => Assert.Equal(8, VaeMemory.TileFor(Config, 1, 256, 256, 4, 1));
}
