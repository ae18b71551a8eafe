using FloydSharp.Kernels.Cpu;
using FloydSharp.Memory;
using FloydSharp.Native;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

public class FeaturesTests
{
    private const long Least = FeatureArena.FewestBytes / sizeof(float);

    [Fact]
    public void Empty_SomeFreedAndTrimmed_NeverTouchesWhatLives()
    {
        var live = new List<(Tensor Tensor, float Value)>();
        var random = new Random(3);
        for (var i = 0; i < 60; i++)
        {
            var tensor = Features.Empty(random.Next(1, 4), Least + random.Next(1000));
            tensor.fill_(i);
            live.Add((tensor, i));
            if (live.Count <= 8)
                continue;
            var gone = random.Next(live.Count);
            live[gone].Tensor.Dispose();
            live.RemoveAt(gone);
            if (i % 10 == 0)
                FeatureArena.Trim();
        }

        foreach (var (tensor, value) in live)
        {
            using var same = tensor.eq(value);
            using var all = same.all();
            Assert.True(all.item<bool>());
            tensor.Dispose();
        }
    }

    [Fact]
    public void Empty_ViewOutlivesTensor_KeepsItsMemory()
    {
        using var view = Made();
        using var other = Features.Empty(2, Least).fill_(5);

        Assert.Equal(7, view.min().item<float>());

        static Tensor Made()
        {
            using var tensor = Features.Empty(2, Least);
            tensor.fill_(7);
            return tensor[1].alias();
        }
    }

    [Fact]
    public void TryTake_TwoPlaces_LieApart()
    {
        NativeLibraries.EnsureLoaded();
        Assert.SkipUnless(FeatureArena.Active, "The C library's allocator is tuned otherwise here.");
        const long Bytes = 5 * FeatureArena.FewestBytes;

        var (first, second) = (FeatureArena.TryTake(Bytes), FeatureArena.TryTake(Bytes));
        Assert.NotEqual(0, first);
        Assert.True(Math.Abs(second - first) >= Bytes, "Two places overlap.");
        Assert.Equal(0, first % 64);
        FeatureArena.Free(first);
        FeatureArena.Free(second);
        Assert.Equal(0, FeatureArena.TryTake(FeatureArena.FewestBytes - 1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, Least)]
    public void Empty_AnySize_HasTheShape(long rows, long columns)
    {
        using var tensor = Features.Empty(rows, columns);

        Assert.Equal([rows, columns], tensor.shape);
        Assert.Equal(ScalarType.Float32, tensor.dtype);
        Assert.True(tensor.is_contiguous());
    }
}
