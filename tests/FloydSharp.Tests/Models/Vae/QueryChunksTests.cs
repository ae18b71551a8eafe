using FloydSharp.Models.Vae;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.Vae;

public class QueryChunksTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    [InlineData(100)]
    public void Attend_AnyGroupSize_EqualsAllAtOnce(long rows)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var q = randn([2, 1, 40, 16], generator: generator);
        var k = randn([2, 1, 33, 16], generator: generator);
        var v = randn([2, 1, 33, 16], generator: generator);
        var weights = (q.matmul(k.transpose(2, 3)) / 4).softmax(-1);
        TensorAssert.Close(weights.matmul(v), QueryChunks.Attend(q, k, v, rows), 1e-6, output, $"{rows} queries at once");
    }

    [Fact]
    public void RowsFor_Cpu_TakesAllQueries()
    {
        using var q = zeros(1, 1, 9, 4);
        Assert.Equal(9, QueryChunks.RowsFor(q, q));
    }

    [Fact]
    public void RowsFor_DeviceWithoutAKernel_BoundsTheScores()
    {
        using var q = zeros(1, 1, 65536, 512, ScalarType.Float16, new Device(TorchSharp.DeviceType.META));
        var rows = QueryChunks.RowsFor(q, q);
        Assert.Equal(QueryChunks.ScoreBytes / (65536 * 2), rows);
    }
}
