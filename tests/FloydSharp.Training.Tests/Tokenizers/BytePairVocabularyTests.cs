using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using FloydSharp.Training.Tokenizers;
using Xunit;

namespace FloydSharp.Training.Tests.Tokenizers;

public sealed class BytePairVocabularyTests
{
    [Fact]
    public void Encode_ByClipTokenizer_KnownWordsAreOneTokenAndAllTextIsCovered()
    {
        using var folder = new TemporaryFolder();
        var vocabulary = new BytePairVocabulary(["tree", "red", "three", "balloon"], 700);
        vocabulary.Save(folder.Path, maxLength: 77);
        var tokenizer = ClipTokenizer.Load(folder.Path);

        Assert.Equal(2 + 4, tokenizer.Encode("tree red three balloon").TokenCount);
        var other = tokenizer.Encode("Wärme \"q\"");
        Assert.DoesNotContain(tokenizer.EndId, other.Ids.Skip(1).Take(other.TokenCount - 2));
        Assert.All(other.Ids, id => Assert.InRange(id, 0, vocabulary.Size - 1));
    }
}
