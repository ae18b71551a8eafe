using FloydSharp.Eval.Reading;
using Xunit;

namespace FloydSharp.Eval.Tests.Reading;

public sealed class TextScoreTests
{
    [Theory]
    [InlineData("open", "OPEN", true)]
    [InlineData("160s", "I6O5", true)]
    [InlineData("top put", "TOPPUT", true)]
    [InlineData("cats", "CAT", false)]
    [InlineData("q", "O", false)]
    public void IsExact_FoldsLookAlikesAndNothingElse(string expected, string read, bool exact) =>
        Assert.Equal(exact, TextScore.IsExact(expected, read));

    [Theory]
    [InlineData("hello", "HELLO", 0)]
    [InlineData("hello", "HELO", 0.2)]
    [InlineData("hello", "", 1)]
    [InlineData("ab", "XYZXYZ", 1)]
    public void ErrorRate_CountsEditsPerLetter(string expected, string read, double rate) =>
        Assert.Equal(rate, TextScore.ErrorRate(expected, read), 6);
}
