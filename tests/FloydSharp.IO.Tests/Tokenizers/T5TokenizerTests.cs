using CsCheck;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

public class T5TokenizerTests
{
    private const string Usual = "abct \u2581</s>";
    private const string Golden = "tokenizer_t5.json";
    private static readonly Lazy<T5Tokenizer> s_real = new(() => T5Tokenizer.Load(GoldenTexts.TokenizerFolder("t5")));

    public static TheoryData<string, int> Texts => GoldenTexts.Entries(Golden);

    [Theory]
    [MemberData(nameof(Texts))]
    public void Encode_GoldenText_GivesTheReferencesIds(string folder, int index)
    {
        GoldenTexts.TokenizerFolder("t5");
        var entry = GoldenTexts.Entry(folder, Golden, index);
        var text = entry.GetProperty("text").GetString()!;
        var result = s_real.Value.Encode(text);
        Assert.Equal(GoldenTexts.Numbers(entry, "ids77"), result.Ids);
        Assert.Equal(GoldenTexts.Numbers(entry, "mask77"), result.Mask);
        if (!text.Contains("<pad>", StringComparison.Ordinal)) // "ids" takes special tokens for text
        {
            var ids = GoldenTexts.Numbers(entry, "ids");
            Assert.Equal(ids.Length, result.TokenCount);
            Assert.Equal(ids.Length > 77, result.Cut is not null);
        }
    }

    [Theory]
    [InlineData("a", "7 1")]
    [InlineData("cat", "10 1")]
    [InlineData("  a \n cat ", "7 3 2 10 1")] // no rules: a line break is no space, but unknown
    [InlineData("abc", "9 1")]
    [InlineData("aabc", "7 4 12 1")]
    [InlineData("", "1")]
    [InlineData("   ", "1")]
    [InlineData("\u2581\u2581", "1")]
    [InlineData("日本a", "3 2 4 1")]
    [InlineData("a\U0001F984\U0001F308", "7 2 1")]
    [InlineData("a</s>a<pad> cat", "7 1 7 0 10 1")]
    [InlineData("<unk><unk>日", "2 2 3 2 1")]
    [InlineData("<extra_id_0><extra_id_99>", "112 13 1")]
    public void Encode_TinyModel_GivesTheBestPieces(string text, string expected)
    {
        var result = TinyModels.T5().Encode(text);
        Assert.Equal(expected, string.Join(' ', result.Ids.Take(result.TokenCount)));
        Assert.Equal(77, result.Ids.Length);
        Assert.All(result.Ids.Skip(result.TokenCount), id => Assert.Equal(0, id));
        Assert.Null(result.Cut);
    }

    [Fact]
    public void Encode_TextOverTheLimit_SaysWhatWasCut()
    {
        var result = TinyModels.T5(maxLength: 4).Encode("a cat a cat 日本 a");
        Assert.Equal([7, 10, 7, 1], result.Ids);
        Assert.Equal([1, 1, 1, 1], result.Mask);
        Assert.Equal(8, result.TokenCount);
        Assert.Equal("cat 日本 a", result.Cut);
    }

    [Fact]
    public void Encode_TextOfTheLimitsLength_CutsNothing()
    {
        var result = TinyModels.T5(maxLength: 4).Encode("a cat a");
        Assert.Equal(4, result.TokenCount);
        Assert.Null(result.Cut);
    }

    [Fact]
    public void Encode_RulesThatRemoveACharacter_JoinTheSpacesAroundIt()
    {
        using var folder = new TemporaryFolder().Add("spiece.model", TinyModels.SentencePiece(characterMap: TinyModels.CharacterMap(7, "")));
        Assert.Equal([7, 10, 1], T5Tokenizer.Load(folder.Path).Encode("\a a \a cat \a").Ids[..3]);
    }

    [Fact]
    public void Encode_RulesThatReplaceACharacter_AreApplied()
    {
        using var folder = new TemporaryFolder().Add("spiece.model", TinyModels.SentencePiece(characterMap: TinyModels.CharacterMap((byte)'\n', " ")));
        Assert.Equal([7, 10, 1], T5Tokenizer.Load(folder.Path).Encode("\na\n\ncat\n").Ids[..3]);
    }

    [Fact]
    public void Encode_AnyText_NeverThrowsAndEndsInTheEndToken()
    {
        var tokenizer = TinyModels.T5();
        var unit = Gen.Frequency((3, Gen.Char), (2, Gen.Int[0, Usual.Length - 1].Select(i => Usual[i])), (1, Gen.Char['\uD800', '\uDFFF']));
        unit.Array[0, 200].Select(c => new string(c)).Sample(text => Wellformed(tokenizer.Encode(text), tokenizer.EndId, tokenizer.PaddingId));
    }

    [Fact]
    public void Encode_TenMegabytesInOneWord_TakesBoundedTime()
    {
        var result = TinyModels.T5().Encode(new string('a', 10_000_000));
        Assert.Equal(10_000_001, result.TokenCount); // "_a", then one piece each, and the end
        Assert.Equal(10_000_000 - 76, result.Cut!.Length);
    }

    [Fact]
    public void Encode_LongRunOfUnknownCharacters_IsOneToken() =>
        Assert.Equal([3, 2, 1], TinyModels.T5().Encode(string.Concat(Enumerable.Repeat("\U0001F984", 100_000))).Ids[..3]);

    [Fact]
    public void Load_ConfigWithASmallerLimit_FollowsIt()
    {
        using var folder = new TemporaryFolder().Add("spiece.model", TinyModels.SentencePiece())
            .Add("tokenizer_config.json", """{"model_max_length": 5, "extra_ids": 1, "added_tokens_decoder": {"40": {"content": "<style>"}}}""");
        var tokenizer = T5Tokenizer.Load(folder.Path);
        Assert.Equal(5, tokenizer.MaxLength);
        Assert.Equal([40, 13, 1, 0, 0], tokenizer.Encode("<style><extra_id_0>").Ids);
    }

    [Fact]
    public void Load_OtherSpecialTokens_AreTakenFromTheMap()
    {
        using var folder = new TemporaryFolder().Add("spiece.model", TinyModels.SentencePiece())
            .Add("special_tokens_map.json", """{"eos_token": {"content": "t"}, "pad_token": "b"}""");
        var tokenizer = T5Tokenizer.Load(folder.Path);
        Assert.Equal((11, 5), (tokenizer.EndId, tokenizer.PaddingId));
    }

    [Fact]
    public void Load_OnlyTheFastTokenizersFile_SaysWhatToDo()
    {
        using var folder = new TemporaryFolder().Add("tokenizer.json", "{}");
        Assert.Contains("copy spiece.model", Assert.Throws<FloydException>(() => T5Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    internal static void Wellformed(TokenizedText result, int end, int padding)
    {
        var count = Math.Min(result.TokenCount, 77);
        Assert.Equal(77, result.Ids.Length);
        Assert.Equal(count, result.Mask.Sum());
        Assert.Equal(1, result.Mask[count - 1]);
        Assert.Equal(end, result.Ids[count - 1]);
        Assert.All(result.Ids.Skip(count), id => Assert.Equal(padding, id));
        Assert.Equal(result.TokenCount > 77, result.Cut is not null);
    }
}
