using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Noise;

public sealed class NoiseSourceTests
{
    [Fact]
    public void Draw_SameSeed_GivesTheSameNoise()
    {
        using var scope = NewDisposeScope();
        using var one = NoiseSource.FromSeed(-7);
        using var other = NoiseSource.FromSeed(-7);
        var first = Draw(one, 2);
        TensorAssert.Close(first, Draw(other, 2), 0);
        Assert.True(TensorAssert.MaxAbsoluteError(first, Draw(one, 2)) > 0.1);
    }

    [Fact]
    public void Draw_PerImage_GivesEachImageItsOwnSeedsNoise()
    {
        using var scope = NewDisposeScope();
        using var batch = NoiseSource.PerImage([11, 12]);
        using var first = NoiseSource.FromSeed(11);
        using var second = NoiseSource.FromSeed(12);
        for (var i = 0; i < 2; i++)
            TensorAssert.Close(cat([Draw(first, 1), Draw(second, 1)], 0), Draw(batch, 2), 0);
        Assert.Throws<FloydException>(() => Draw(batch, 3));
        Assert.Throws<FloydException>(() => NoiseSource.PerImage([]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void SetState_SavedState_ContinuesTheSameNoise(int seeds)
    {
        using var scope = NewDisposeScope();
        long[] list = [.. Enumerable.Range(1, seeds)];
        using var noise = NoiseSource.PerImage(list);
        Draw(noise, 3);
        var state = noise.GetState();
        var expected = Draw(noise, 3);
        using var resumed = NoiseSource.PerImage([.. list.Select(s => s + 100)]);
        resumed.SetState(state);
        TensorAssert.Close(expected, Draw(resumed, 3), 0);
    }

    [Fact]
    public void SetState_ForeignBytes_Throws()
    {
        using var noise = NoiseSource.FromSeed(1);
        Assert.Throws<FloydException>(() => noise.SetState([1, 2, 3]));
        Assert.Throws<FloydException>(() => noise.SetState(Enumerable.Repeat((byte)0xff, noise.GetState().Length).ToArray()));
    }

    [Fact]
    public void Draw_AnyUse_LeaksNothing() => TensorAssert.NoLeaks(() =>
    {
        using var noise = NoiseSource.PerImage([1, 2]);
        Draw(noise, 2).Dispose();
        noise.SetState(noise.GetState());
    });

    [Fact]
    public void Draw_Float16_HasThatDType()
    {
        using var noise = NoiseSource.FromSeed(1);
        using var drawn = noise.Draw([2, 3, 4, 4], ScalarType.Float16, CPU);
        Assert.Equal(ScalarType.Float16, drawn.dtype);
    }

    private static Tensor Draw(NoiseSource noise, long images) => noise.Draw([images, 3, 4, 4], ScalarType.Float32, CPU);
}
