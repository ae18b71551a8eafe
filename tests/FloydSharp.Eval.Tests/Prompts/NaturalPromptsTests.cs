using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Eval.Tests.Prompts;

public sealed class NaturalPromptsTests
{
    [Fact]
    public void All_FortyAreAskedAndTheRestIsShown()
    {
        Assert.Equal(40, NaturalPrompts.All.Count(p => p.Group == "natural"));
        Assert.Equal(Enumerable.Range(NaturalPrompts.FirstId, NaturalPrompts.All.Count), NaturalPrompts.All.Select(p => p.Id));
        Assert.All(NaturalPrompts.All.Where(p => p.Group == NaturalPrompts.Shown), p => Assert.Empty(p.Asked.Things));
    }

    [Fact]
    public void All_NameWhatIsAsked()
    {
        foreach (var prompt in NaturalPrompts.All)
        {
            Assert.True(prompt.Asked.Text is null || prompt.Prompt.Contains($"\"{prompt.Asked.Text}\"", StringComparison.Ordinal), prompt.Prompt);
            foreach (var thing in prompt.Asked.Things)
            {
                var names = CaptionTables.NounsOf(thing.Kind).SelectMany(n => new[] { CaptionTables.Singular(n), CaptionTables.Plural(n) });
                Assert.Contains(names, n => prompt.Prompt.Contains(n, StringComparison.Ordinal));
                Assert.True(thing.Color is not { } color || CaptionTables.ColorWords(color).Any(w => prompt.Prompt.Contains(w, StringComparison.Ordinal)), prompt.Prompt);
                Assert.InRange(thing.Count, 1, 5);
            }
        }
    }
}
