using CsCheck;
using FloydSharp.IO.Tokenizers;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

public class CaptionCleanerTests
{
    private const string Markup = "<>/&;#!-\"'= ab1.@%+:x";
    private const string Golden = "clean_caption.json";

    public static TheoryData<string, int> Texts => GoldenTexts.Entries(Golden);

    [Theory]
    [MemberData(nameof(Texts))]
    public void Clean_GoldenText_GivesTheReferencesText(string folder, int index)
    {
        var entry = GoldenTexts.Entry(folder, Golden, index);
        var text = entry.GetProperty("text").GetString()!;
        Assert.Equal(entry.GetProperty("clean").GetString(), CaptionCleaner.Clean(text));
        Assert.Equal(entry.GetProperty("plain").GetString(), CaptionCleaner.Plain(text));
    }

    // Expected values are the reference's (Python, BeautifulSoup, ftfy).
    [Theory]
    [InlineData("A %41 caf%C3%A9+bar 50%", "a a café bar 50%")]
    [InlineData("don\u00E2\u20AC\u2122t \u00C3\u00A9t\u00C3\u00A9", "don\u2020t \u00E3 t\u00E3")] // lower case comes before the repair
    [InlineData("a <3 b, 3 > 2 & more", "a <3 b, 3 > 2 more")]
    [InlineData("text <!-- hidden --> more <script>var x</script> end", "text more end")]
    [InlineData("&#147;hi&#148; &hearts; &unknown; &notit;", "\"hi\" \u2665 unknown notit")]
    [InlineData("\u1B2F\u0301q\u0323\u0307 A\u030A", "\u1B2F\u0301q\u0323\u0307 \u00E5")]
    [InlineData("\u001b[31mred\u001b[0m cat", "31mred 0m cat")]
    public void Clean_TextPeopleMeet_GivesTheReferencesText(string text, string expected) =>
        Assert.Equal(expected, CaptionCleaner.Clean(text));

    [Theory]
    [InlineData("\u0130\u03A3\u039F\u03A3 \u03A3.", "i\u0307\u03C3\u03BF\u03C2 \u03C3.")]
    [InlineData("\u001C\u0085 A\u00A0b \u3000", "a\u00A0b")]
    public void Plain_Text_LowersAndStripsAsPythonDoes(string text, string expected) =>
        Assert.Equal(expected, CaptionCleaner.Plain(text));

    [Fact]
    public void Clean_AnyText_NeverThrows()
    {
        var unit = Gen.Frequency((3, Gen.Char), (4, Gen.Int[0, Markup.Length - 1].Select(i => Markup[i])), (1, Gen.Char['\uD800', '\uDFFF']));
        unit.Array[0, 120].Select(c => new string(c)).Sample(text => Assert.NotNull(CaptionCleaner.Clean(text)));
    }

    [Theory]
    [InlineData("a.")]
    [InlineData("<a ")]
    [InlineData("&#")]
    [InlineData(" free")]
    [InlineData("a1")]
    [InlineData("\u00E2\u20AC")]
    public void Clean_LongestText_TakesBoundedTime(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, CaptionCleaner.MaxLength / part.Length));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.NotNull(CaptionCleaner.Clean(text));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void Clean_TooLongText_IsRefused() =>
        Assert.Contains("Shorten", Assert.Throws<FloydException>(() => CaptionCleaner.Clean(new string('a', CaptionCleaner.MaxLength + 1))).Message, StringComparison.Ordinal);
}
