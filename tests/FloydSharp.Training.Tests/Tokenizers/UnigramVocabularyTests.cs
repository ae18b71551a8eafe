using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using FloydSharp.Training.Tokenizers;
using Xunit;

namespace FloydSharp.Training.Tests.Tokenizers;

public sealed class UnigramVocabularyTests
{
    private static readonly string[] s_words = ["a", "sign", "that", "says", "cat", "red", "hello", "Deep-Blue"];

    [Theory]
    [InlineData("a sign that says \"hello\"", "▁a ▁sign ▁that ▁says ▁\" h e l l o \"")]
    [InlineData("a sign that says \"xq7\", red", "▁a ▁sign ▁that ▁says ▁\" x q 7 \" , ▁red")]
    [InlineData("deep blue cat.", "▁deep ▁blue ▁cat .")]
    [InlineData("zebra", "▁ z e b r a")]
    public void Encode_ByT5Tokenizer_WordsWholeTextSpelled(string text, string pieces)
    {
        using var folder = new TemporaryFolder();
        var vocabulary = new UnigramVocabulary(s_words);
        vocabulary.Save(folder.Path, maxLength: 32);
        var tokenizer = T5Tokenizer.Load(folder.Path);

        var encoded = tokenizer.Encode(text);

        var expected = pieces.Split(' ').Select(vocabulary.IdOf).Append(1).ToArray();
        Assert.Equal(expected, encoded.Ids.Take(expected.Length));
        Assert.Equal(32, encoded.Ids.Length);
        Assert.Equal(expected.Length, encoded.Mask.Sum());
        Assert.All(encoded.Ids, id => Assert.InRange(id, 0, vocabulary.Size - 1));
    }

    [Fact]
    public void Load_SpecialPieces_HaveT5sIds()
    {
        using var folder = new TemporaryFolder();
        new UnigramVocabulary(s_words).Save(folder.Path, maxLength: 32);
        var tokenizer = T5Tokenizer.Load(folder.Path);
        Assert.Equal((0, 1), (tokenizer.PaddingId, tokenizer.EndId));
        Assert.Equal([2, 1], tokenizer.Encode("\u6f22").Ids.Where(id => id != 0).SkipWhile(id => id > 2));
    }
}
