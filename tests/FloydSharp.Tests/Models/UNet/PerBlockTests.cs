using FloydSharp.Models.UNet;
using Xunit;

namespace FloydSharp.Tests.Models.UNet;

public class PerBlockTests
{
    [Fact]
    public void Indexer_Scalar_IsTheSameForEachBlock()
    {
        PerBlock<int> value = 3;

        Assert.Equal(3, value[7]);
        Assert.Equal("3", value.ToString());
    }

    [Fact]
    public void Indexer_List_IsTheBlocksOwn()
    {
        PerBlock<int> value = new[] { 2, 5 };

        Assert.Equal(5, value[1]);
        Assert.Equal("[2, 5]", value.ToString());
    }

    [Fact]
    public void Equals_SameValues_DependsOnTheForm()
    {
        Assert.Equal(new PerBlock<int>(1, 2), new PerBlock<int>(1, 2));
        Assert.NotEqual(new PerBlock<int>(1, 2), new PerBlock<int>(2, 1));
        Assert.NotEqual(new PerBlock<int>(3), new PerBlock<int>([3]));
    }
}
