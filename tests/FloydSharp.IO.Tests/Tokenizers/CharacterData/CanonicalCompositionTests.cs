using FloydSharp.IO.Tokenizers.CharacterData;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers.CharacterData;

public class CanonicalCompositionTests
{
    // Expected values are those of Python's unicodedata.normalize("NFC", text).
    [Theory]
    [InlineData("", "")]
    [InlineData("plain \u00E9", "plain \u00E9")]
    [InlineData("e\u0301A\u030A", "\u00E9\u00C5")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]              // marks in order of their classes
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("a\u0327\u0301", "\u00E1\u0327")]              // over a mark of another class
    [InlineData("a\u0301\u0301", "\u00E1\u0301")]              // not over one of the same
    [InlineData("\u0915\u093C\u0958", "\u0915\u093C\u0915\u093C")] // excluded from composition
    [InlineData("\u1100\u1161\u11A8\uAC00\u11A8", "\uAC01\uAC01")]
    [InlineData("\uF900\u2126\u212A\U0002F800", "\u8C48\u03A9K\u4E3D")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    [InlineData("\u0301a\u0300", "\u0301\u00E0")]
    public void Compose_Text_GivesFormC(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));
}
