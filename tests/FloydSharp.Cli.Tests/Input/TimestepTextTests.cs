using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.Schedulers;

namespace FloydSharp.Cli.Tests.Input;

public class TimestepTextTests
{
    [Theory]
    [InlineData("999,500,0", 3, 999, 0)]
    [InlineData("7", 7, 999, 0)]
    [InlineData("20,20,20,20,10,0,0,0,0,0", 90, 499, 0)]
    [InlineData("0,500", 500, 999, 500)]
    [InlineData("ddim50", 50, 980, 0)]
    [InlineData("respace:20,20,10", 50, 999, 0)]
    [InlineData("Smart27", 27, 999, 0)]
    public void Parse_EachForm_GivesFallingTimesteps(string text, int count, int first, int last)
    {
        var timesteps = TimestepText.Parse(text);
        Assert.Equal((count, first, last), (timesteps.Count, timesteps[0], timesteps[^1]));
        Assert.Equal(timesteps.OrderDescending().Distinct(), timesteps);
    }

    [Fact]
    public void Parse_EachNamedList_IsThePreset() =>
        Assert.All(TimestepPresets.Names, name => Assert.Equal(TimestepPresets.Find(name), TimestepText.Parse(name)));

    [Theory]
    [InlineData("1000,0")]
    [InlineData("1001")]
    [InlineData("999,750,800,0")]
    [InlineData("5,x")]
    [InlineData("nothing")]
    [InlineData("respace:")]
    [InlineData("ddim")]
    public void Parse_NoTimesteps_Throws(string text) => Assert.Throws<FloydException>(() => TimestepText.Parse(text));
}
