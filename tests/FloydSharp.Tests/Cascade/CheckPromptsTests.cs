using FloydSharp.Cascade;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Cascade;

public sealed class CheckPromptsTests
{
    private static readonly CascadeModels Models = CascadeModels.Open(Path.Combine(GoldenFolder.RepositoryRoot, "models"));

    [Fact]
    public void CheckPrompts_EachText_IsLookedAtOncePerEncoder()
    {
        using var cascade = IFCascade.Open(Models.ToOptions());
        var request = new CascadeRequest { Prompts = ["a (red) boat", "a (red) boat", "b"], NegativePrompts = [""], StylePrompts = ["lego"] };

        var all = cascade.CheckPrompts(request);

        (int, PromptRole, string)[] text = [(0, PromptRole.Prompt, "a (red) boat"), (0, PromptRole.Prompt, "b"), (0, PromptRole.Style, "lego")];
        (int, PromptRole, string)[] clip = cascade.LastStage == 3 ? [(3, PromptRole.Prompt, "a (red) boat"), (3, PromptRole.Prompt, "b")] : [];
        Assert.Equal([.. text, .. clip], all.Select(p => (p.Stage, p.Role, p.Facts.Prompt)));
        Assert.Equal("a red boat", all[0].Facts.Text);
        Assert.Empty(cascade.LoadedComponents);
    }

    [Fact]
    public void CheckPrompts_WithoutCleaning_KeepsTheText()
    {
        using var cascade = IFCascade.Open(Models.ToOptions(1));

        var facts = Assert.Single(cascade.CheckPrompts(new() { Prompts = ["A (red) boat"], CleanCaption = false })).Facts;

        Assert.Equal(("a (red) boat", false, true), (facts.Text, facts.CleanCaption, facts.HasCapitals));
        Assert.Empty(facts.Changes);
    }
}
