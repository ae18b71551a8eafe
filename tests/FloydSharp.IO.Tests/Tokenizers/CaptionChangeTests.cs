using CsCheck;
using FloydSharp.IO.Tokenizers;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

public class CaptionChangeTests
{
    [Theory]
    [InlineData("a red boat", "")]
    [InlineData("A  Red boat ", "")]
    [InlineData("a,b", "")]
    [InlineData("a sign (24h)", "- Brackets '('; - Brackets ')'")]
    [InlineData("number 1234567 on a door", "- Digits '1234567'")]
    [InlineData("\u6771\u4EAC tower", "- Ideographs '\u6771\u4EAC'")]
    [InlineData("don\u2019t", "~ Symbols '\u2019' to '''")]
    [InlineData("free shipping of boats", "- Words 'free shipping'")]
    [InlineData("16x9 jc6640 picture", "- Digits '16x9 jc6640'")]
    [InlineData("wait... what", "- Symbols '...'")]
    public void Of_EachKindOfText_TellsWhatGoes(string caption, string expected) =>
        Assert.Equal(expected, string.Join("; ", CaptionChange.Of(caption).Select(c => c.IsDeletion ? $"- {c.Kind} '{c.Before}'" : $"~ {c.Kind} '{c.Before}' to '{c.After}'")));

    [Fact]
    public void Of_AnyText_TellsOfEveryChangeBeyondSpaces() =>
        Gen.String[Gen.Char["ab1(]. '-\u6771\u2019&x"], 0, 40].Sample(text =>
        {
            var changes = CaptionChange.Of(text);
            var same = Bare(CaptionCleaner.Plain(text)) == Bare(CaptionCleaner.Clean(text));
            Assert.Equal(same, changes.Count == 0);
            Assert.All(changes, c => Assert.NotEqual(c.Before, c.After));
        });

    [Fact]
    public void Of_LongText_IsComparedAsAWhole()
    {
        var change = Assert.Single(CaptionChange.Of(string.Concat(Enumerable.Repeat("a ", 3000)) + "(x)"));
        Assert.EndsWith("(x)", change.Before, StringComparison.Ordinal);
    }

    private static string Bare(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
