using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

public sealed class CoarseColoursTests
{
    [Fact]
    public void Keep_ShiftedColour_ComesBack()
    {
        using var scope = NewDisposeScope();
        using var source = new Generator(3);
        var patches = rand([2, 3, 2, 2], generator: source) - 0.5;                                // (2, 3, 2, 2)
        var small = patches.repeat_interleave(8, 2).repeat_interleave(8, 3);                      // (2, 3, 16, 16)
        var large = small.repeat_interleave(4, 2).repeat_interleave(4, 3);                        // (2, 3, 64, 64)
        var dull = (large * 0.7) + 0.05;

        var kept = CoarseColours.Keep(dull, small);

        var means = kept.mean([2L, 3L]) - small.mean([2L, 3L]);
        Assert.InRange(means.abs().max().item<float>(), 0, 0.01f);
        Assert.InRange((kept - large).pow(2).mean().item<float>(), 0, 0.1f * (dull - large).pow(2).mean().item<float>());
    }

    [Fact]
    public void Keep_DetailFinerThanTheSmallPicture_Stays()
    {
        using var scope = NewDisposeScope();
        var small = zeros(1, 3, 8, 8);
        var detail = full([2, 2], 0.5f).index_put_(-0.5f, TensorIndex.Single(0), TensorIndex.Single(1)).index_put_(-0.5f, TensorIndex.Single(1), TensorIndex.Single(0));
        var result = detail.repeat(1, 3, 16, 16);                                                 // (1, 3, 32, 32), each 2x2 of mean 0

        Assert.InRange((CoarseColours.Keep(result, small) - result).abs().max().item<float>(), 0, 1e-6f);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 3)]
    public void Keep_FewerSmallPictures_EachServesSeveral(int smalls, int rowsEach)
    {
        using var scope = NewDisposeScope();
        var small = arange(smalls, ScalarType.Float32).reshape(-1, 1, 1, 1).expand(smalls, 3, 5, 7) * 0.2;
        var result = zeros(smalls * rowsEach, 3, 20, 30);

        var kept = CoarseColours.Keep(result, small);

        Assert.Equal([smalls * rowsEach, 3, 20, 30], kept.shape);
        Assert.InRange((kept - small.repeat_interleave(rowsEach, 0).mean([2L, 3L], keepdim: true)).abs().max().item<float>(), 0, 1e-6f);
    }

    [Fact]
    public void KeepColours_IsOffUnlessAskedFor()
    {
        Assert.False(new IFSuperResolutionOptions().KeepColours);
    }
}
