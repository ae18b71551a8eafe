using CsCheck;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

public class ClipTokenizerTests
{
    private const string Usual = "cat 's1";
    private const string Golden = "tokenizer_clip.json";
    private const int Begin = 516, End = 517;
    private static readonly Lazy<ClipTokenizer> s_real = new(() => ClipTokenizer.Load(GoldenTexts.TokenizerFolder("clip")));

    public static TheoryData<string, int> Texts => GoldenTexts.Entries(Golden);

    [Theory]
    [MemberData(nameof(Texts))]
    public void Encode_GoldenText_GivesTheReferencesIds(string folder, int index)
    {
        GoldenTexts.TokenizerFolder("clip");
        var entry = GoldenTexts.Entry(folder, Golden, index);
        Assert.Equal(GoldenTexts.Numbers(entry, "ids77"), s_real.Value.Encode(entry.GetProperty("text").GetString()!).Ids);
    }

    [Theory]
    [InlineData("cat", "513")]
    [InlineData("CAT  cat\n", "513 513")]
    [InlineData("caat", "512 514")]
    [InlineData("aaat", "515 514")]
    [InlineData("", "")]
    [InlineData("<|endoftext|>cat", "517 513")]
    public void Encode_TinyVocabulary_JoinsInOrderOfRank(string text, string expected)
    {
        var result = TinyModels.Clip().Encode(text);
        Assert.Equal($"{Begin} {expected} {End}".Replace("  ", " ", StringComparison.Ordinal), string.Join(' ', result.Ids.Take(result.TokenCount)));
        Assert.Equal(End, result.Ids[^1]);
    }

    [Theory]
    [InlineData("i'll be 42!?", "i|'ll|be|4|2|!?")]
    [InlineData("don't''s x's", "don|'t|''|s|x|'s")]
    [InlineData("\U0001D49C\U0001D49E\U0001F984 \u0663\u0664\u00BD", "\U0001D49C\U0001D49E|\U0001F984|\u0663|\u0664|\u00BD")]
    [InlineData("cafe\u0301 \u0130\u03A3", "caf\u00E9|i|\u0307|\u03C3")] // composed, then lower case without a final sigma
    public void Encode_Text_CutsWordsAsTheReferenceDoes(string text, string words)
    {
        var tokenizer = TinyModels.Clip();
        var expected = words.Split('|').SelectMany(w => tokenizer.Encode(w) is var r ? r.Ids[1..(r.TokenCount - 1)] : []);
        var result = tokenizer.Encode(text);
        Assert.Equal(expected, result.Ids[1..(result.TokenCount - 1)]);
    }

    [Fact]
    public void Encode_PaddingTokenOfTheMap_CountsAsSpecialInTheText()
    {
        var tokenizer = TinyModels.Clip("""{"pad_token": "!", "eos_token": {"content": "<|endoftext|>"}}""");
        Assert.Equal(0, tokenizer.PaddingId);
        var result = tokenizer.Encode("cat!!");
        Assert.Equal([Begin, 513, 0, 0, End, 0], result.Ids[..6]);
        Assert.Equal(5, result.Mask.Sum());
    }

    [Fact]
    public void Encode_TextOverTheLimit_SaysWhatWasCut()
    {
        var result = TinyModels.Clip().Encode(string.Join(' ', Enumerable.Repeat("cat", 75)) + " cat \u00FCb");
        Assert.Equal(Begin, result.Ids[0]);
        Assert.Equal(End, result.Ids[76]);
        Assert.Equal(81, result.TokenCount); // a letter of two bytes and one of one byte are three tokens here
        Assert.Equal("cat \u00FCb", result.Cut);
    }

    [Fact]
    public void Encode_AnyText_NeverThrowsAndEndsInTheEndToken()
    {
        var tokenizer = TinyModels.Clip();
        var unit = Gen.Frequency((3, Gen.Char), (2, Gen.Int[0, Usual.Length - 1].Select(i => Usual[i])), (1, Gen.Char['\uD800', '\uDFFF']));
        unit.Array[0, 200].Select(c => new string(c)).Sample(text => T5TokenizerTests.Wellformed(tokenizer.Encode(text), End, End));
    }

    [Fact]
    public void Encode_TenMegabytesInOneWord_TakesBoundedTime()
    {
        var result = TinyModels.Clip().Encode(new string('a', 10_000_000));
        Assert.InRange(result.TokenCount, 5_000_002, 5_010_000);
        Assert.All(result.Ids[1..76], id => Assert.Equal(515, id));
    }

    [Fact]
    public void Load_OnlyTheFastTokenizersFile_SaysWhatToDo()
    {
        using var folder = new TemporaryFolder().Add("tokenizer.json", "{}");
        Assert.Contains("original checkpoint", Assert.Throws<FloydException>(() => ClipTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
