using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Tests.Input;

public class StageValuesTests
{
    [Theory]
    [InlineData(null, 3, "||")]
    [InlineData("50", 3, "50|50|50")]
    [InlineData("50, 30,20", 3, "50|30|20")]
    [InlineData("-,30", 2, "|30")]
    [InlineData("50", 1, "50")]
    [InlineData("-", 2, "|")]
    public void Split_AText_GivesOneValuePerStage(string? text, int stages, string expected) =>
        Assert.Equal(expected, string.Join('|', StageValues.Split("--steps", text, stages)));

    [Theory]
    [InlineData("50,30", 3)]
    [InlineData("50,30,20", 2)]
    [InlineData("50,,20", 3)]
    [InlineData(",", 2)]
    public void Split_ATextThatDoesNotFit_Throws(string text, int stages) =>
        Assert.Throws<FloydException>(() => StageValues.Split("--steps", text, stages));

    [Theory]
    [InlineData(1, "a", 3, "a||")]
    [InlineData(1, "a/-/c", 3, "a||c")]
    [InlineData(2, "b", 2, "b|")]
    [InlineData(2, "b/c", 3, "b|c")]
    [InlineData(2, null, 1, "|")]
    public void SplitFrom_AText_StartsAtTheStage(int first, string? text, int stages, string expected) =>
        Assert.Equal(expected, string.Join('|', StageValues.SplitFrom(first, "--x", text, stages, '/')));

    [Fact]
    public void SplitFrom_MoreValuesThanStages_Throws() =>
        Assert.Throws<FloydException>(() => StageValues.SplitFrom(2, "--x", "b/c", 2, '/'));
}
