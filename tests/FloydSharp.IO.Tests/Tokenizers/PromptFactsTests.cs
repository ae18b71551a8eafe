using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

public class PromptFactsTests
{
    private static readonly T5Tokenizer Tokenizer = T5Tokenizer.Load(Path.Combine(GoldenFolder.RepositoryRoot, "models", "stage1", "tokenizer"));

    [Fact]
    public void ForT5_LongPrompt_CountsAsTheTokenizerDoes()
    {
        var prompt = string.Concat(Enumerable.Repeat("a red boat at sea ", 40)) + "END";
        var facts = PromptFacts.ForT5(prompt, Tokenizer, cleanCaption: true);
        var tokens = Tokenizer.Encode(CaptionCleaner.Clean(prompt));

        Assert.Equal((tokens.TokenCount, tokens.Ids.Length, tokens.Cut), (facts.TokenCount, facts.MaxTokens, facts.Cut));
        Assert.EndsWith("end", facts.Cut, StringComparison.Ordinal);
        Assert.True(facts.HasCapitals);
        Assert.Empty(facts.Changes);
    }

    [Theory]
    [InlineData("\u6771\u4EAC tower", true, "\u6771,\u4EAC")]
    [InlineData("\u6771\u4EAC tower", false, "\u6771,\u4EAC")]
    [InlineData("a cat's hat", true, "")]
    public void ForT5_LettersWithoutTokens_AreNamedWhetherCleanedOrNot(string prompt, bool clean, string expected) =>
        Assert.Equal(expected, string.Join(',', PromptFacts.ForT5(prompt, Tokenizer, clean).Unknown));

    [Fact]
    public void ForT5_WithoutCleaning_LosesNothingButCase()
    {
        var facts = PromptFacts.ForT5(" A (red) BOAT ", Tokenizer, cleanCaption: false);
        Assert.Equal(("a (red) boat", false), (facts.Text, facts.CleanCaption));
        Assert.Empty(facts.Changes);
    }
}
