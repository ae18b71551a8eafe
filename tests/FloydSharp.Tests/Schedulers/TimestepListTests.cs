using FloydSharp.IO;
using FloydSharp.Schedulers;
using Xunit;

namespace FloydSharp.Tests.Schedulers;

public sealed class TimestepListTests
{
    [Theory]
    [InlineData("999,500,0", 3, 999, 0)]
    [InlineData(" 999 , 500 ", 2, 999, 500)]
    [InlineData("150", 150, 999, 0)]
    [InlineData("20,20,20,20,10,0,0,0,0,0", 90, 499, 0)]
    [InlineData("respace:20,10,5", 35, 999, 0)]
    [InlineData("ddim50", 50, 980, 0)]
    [InlineData("SUPER40", 40, 999, 0)]
    public void Parse_EachForm_GivesFallingTimesteps(string text, int count, int first, int last)
    {
        var timesteps = TimestepList.Parse(text);

        Assert.Equal((count, first, last), (timesteps.Count, timesteps[0], timesteps[^1]));
        Assert.Equal(timesteps.OrderDescending().Distinct(), timesteps);
    }

    [Fact]
    public void Parse_OneNumber_SpacesAsLinspaceDoes() =>
        Assert.Equal(TimestepSpacing.Select(TimestepSpacingKind.Linspace, 1000, 100), TimestepList.Parse("100"));

    [Theory]
    [InlineData("1000,0", "outside the training timesteps")]
    [InlineData("1001", "takes 1001 timesteps")]
    [InlineData("5,x", "is no list of timesteps")]
    [InlineData("99999999999,5", "is no list of timesteps")]
    [InlineData("nothing", "no timestep list")]
    public void Parse_NoTimesteps_SaysWhy(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FloydException>(() => TimestepList.Parse(text)).Message, StringComparison.Ordinal);
}
