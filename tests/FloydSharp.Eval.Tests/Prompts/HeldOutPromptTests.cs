using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Eval.Tests.Prompts;

public sealed class HeldOutPromptTests
{
    [Fact]
    public void All_HasTwoHundredPromptsWithBalancedTexts()
    {
        Assert.Equal(200, HeldOutPrompt.All.Count);
        Assert.Equal(Enumerable.Range(0, 200), HeldOutPrompt.All.Select(p => p.Id));
        var byLength = HeldOutPrompt.All.Where(p => p.Asked.Text is not null).GroupBy(p => p.Asked.Text!.Length).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(Enumerable.Range(1, 10).ToDictionary(l => l, _ => 12), byLength);
    }

    [Fact]
    public void All_HalfOfTheWordsAreNewToTraining()
    {
        var words = HeldOutPrompt.All.Where(p => p.Group == "word").Select(p => p.Asked.Text!).ToArray();
        Assert.Equal(27, words.Count(w => !WorldVocabulary.SignWords.Contains(w)));
        Assert.Equal(54, words.Length);
    }

    [Fact]
    public void All_EveryFactHoldsInTheScene()
    {
        foreach (var prompt in HeldOutPrompt.All)
        {
            var facts = AskedFacts.Of(prompt.Scene!);
            Assert.Equal(prompt.Asked.Text, facts.Text);
            Assert.All(prompt.Asked.Things, thing => Assert.Contains(thing, facts.Things));
            Assert.True(prompt.Asked.Backdrop is null || prompt.Asked.Backdrop == facts.Backdrop, prompt.Prompt);
            Assert.True(prompt.Asked.Text is null || prompt.Prompt.Contains($"\"{prompt.Asked.Text}\""), prompt.Prompt);
        }
    }

    [Fact]
    public void Make_GivesTheListThatIsKept() =>
        Assert.Equal(HeldOutPrompt.All.Select(p => p.ToJson()), PromptMaker.Make().Select(p => p.ToJson()));
}
