using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cuda;

public class EightBitAttentionTests(ITestOutputHelper output)
{
    // Scores' standard deviation, and how far the result may be off, of itself: shares and values are rounded to 4 bits.
    public static TheoryData<ScalarType, double, double> Sharpness => new(
        from dtype in new[] { ScalarType.Float16, ScalarType.BFloat16 }
        from pair in new[] { (0.5, 0.008), (2.0, 0.015), (8.0, 0.04) }
        select (dtype, pair.Item1, pair.Item2));

    [Theory]
    [MemberData(nameof(Sharpness))]
    public void TryRun_BlocksOfAllSizes_IsNearFloat32(ScalarType dtype, double sharpness, double most)
    {
        CudaLayers.Require();
        Assert.SkipWhen(EightBitSupport.Problem(0) is not null, EightBitSupport.Problem(0) ?? "");
        using var scope = NewDisposeScope();
        const int Count = 17952, Width = 320;
        var generator = new Generator(3);
        Tensor Random() => randn([1, 1, Count, Width], generator: generator).to(TestDevice.Device).to(dtype);
        var (q, k, v) = (Random() * (float)sharpness, Random(), Random() + 0.5f);
        var scale = 1 / Math.Sqrt(Width);

        using var seen = new EightBitAttention(CudaFunctions.For(0, dtype)).TryRun(q, k, v, scale);

        Assert.NotNull(seen);
        // Of the first and the last block.
        foreach (var start in new[] { 0, 8190, Count - 100 })
        {
            var expected = (q[0, 0].narrow(0, start, 100).to(ScalarType.Float32).matmul(k[0, 0].to(ScalarType.Float32).t()) * (float)scale)
                .softmax(-1).matmul(v[0, 0].to(ScalarType.Float32));
            var error = ((seen[0, 0].narrow(0, start, 100).to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();
            output.WriteLine($"{dtype}, scores {sharpness}, from {start}: {error:0.0e0}");
            Assert.InRange(error, 0, most);
        }
    }

    [Fact]
    public void TryRun_FewKeys_Declines()
    {
        CudaLayers.Require();
        using var scope = NewDisposeScope();
        var x = ones([1, 1, 2048, 320], ScalarType.Float16, TestDevice.Device);

        Assert.Null(new EightBitAttention(CudaFunctions.For(0, ScalarType.Float16)).TryRun(x, x, x, 1));
    }
}
