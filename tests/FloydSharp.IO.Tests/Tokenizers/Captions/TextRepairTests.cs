using FloydSharp.IO.Tokenizers.Captions;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers.Captions;

public class TextRepairTests
{
    // Expected values are those of ftfy 6.3.1.
    [Theory]
    [InlineData("don\u00E2\u20AC\u2122t", "don't")]
    [InlineData("voil\u00C3 le travail", "voil\u00E0 le travail")]
    [InlineData("caf\u00C3\u00A9 \u2013 bar", "caf\u00E9 \u2013 bar")]
    [InlineData("\u00D0\u00BF\u00D1\u20AC\u00D0\u00B8\u00D0\u00B2\u00D0\u00B5\u00D1\u201A", "\u043F\u0440\u0438\u0432\u0435\u0442")]
    [InlineData("\u00F0\u0178\u02DC\u20AC", "\U0001F600")]
    [InlineData("\u0093hi\u0094", "\"hi\"")]
    [InlineData("na\u00EFve fa\u00E7ade \u00C5ngstr\u00F6m", "na\u00EFve fa\u00E7ade \u00C5ngstr\u00F6m")]
    [InlineData("\uFB02u\uFB03e\uFB06 \u0133", "fluffiest ij")]
    [InlineData("\uFF2C\uFF2F\uFF35\uFF24\u3000\uFF83\uFF7D\uFF84", "LOUD \u30C6\u30B9\u30C8")]
    [InlineData("\u201Ccurly\u201D \u2018quotes\u2019", "\"curly\" 'quotes'")]
    [InlineData("a\r\nb\rc\u2028d", "a\nb\nc\nd")]
    [InlineData("\u001b[36;44mblue\u001b[0m\a\uFEFF", "blue")]
    [InlineData("&lt;b&gt; &NTILDE; &amp;lt; &not", "<b> \u00D1 < &not")]
    [InlineData("< &amp;", "< &amp;")]
    [InlineData("e\u0301 \u212B \u1100\u1161\u11A8", "\u00E9 \u00C5 \uAC01")]
    public void Fix_Text_GivesFtfysText(string text, string expected) => Assert.Equal(expected, TextRepair.Fix(text));

    [Fact]
    public void Fix_LoneSurrogates_BecomeReplacementCharacters() => // not inline data: attributes are stored as UTF-8
        Assert.Equal("x\uFFFDy\uFFFD \U0001F600", TextRepair.Fix("x\uD800y\uDC00 \U0001F600"));
}
