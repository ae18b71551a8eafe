using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Training.Tests.World;

public sealed class SceneCaptionTests(ITestOutputHelper output)
{
    [Fact]
    public void Describe_ManySeeds_UsesOnlyTheVocabulary()
    {
        var known = WorldVocabulary.Words.Select(word => word.Word).ToHashSet();
        output.WriteLine($"{known.Count} words; the first: {string.Join(' ', WorldVocabulary.Words.Take(40).Select(word => word.Word))}");
        for (var seed = 100_000; seed < 120_000; seed++)
        {
            var random = new Random(seed);
            var caption = SceneCaption.Describe(SceneSampler.Sample(random), random);
            foreach (var word in WorldVocabulary.Split(caption))
                Assert.True(known.Contains(word), $"'{word}' in: {caption}");
        }
    }

    [Fact]
    public void Describe_SceneWithText_QuotesExactlyIt()
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var scene = SceneSampler.Sample(random);
            var caption = SceneCaption.Describe(scene, random);
            var parts = caption.Split('"', '\'');
            Assert.True(parts.Length == (scene.Sign is null ? 1 : 3), caption);
            if (scene.Sign is not null)
                Assert.Equal(scene.Sign.Text, parts[1]);
        }
    }

    [Fact]
    public void Describe_ManySeeds_IsLowerCaseAndTidy()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var caption = SceneCaption.Describe(SceneSampler.Sample(random), random);
            Assert.Equal(caption.ToLowerInvariant(), caption);
            Assert.False(caption.Contains("  ") || caption.Contains(" ,") || caption.Contains('{') || caption.StartsWith(' ') || caption.EndsWith(' '), caption);
            Assert.DoesNotMatch("""\ba [aeio]""", caption.Split('"', '\'')[0]);
            Assert.DoesNotMatch("""\ban [bcdfgjklmnpqrstvwxyz]""", caption.Split('"', '\'')[0]);
        }
    }

    [Fact]
    public void Describe_Blueprint_NamesNoColorOfThings()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var scene = SceneSampler.Sample(random, new SceneOptions { Style = SceneStyle.Blueprint, HasText = false });
            if (scene.Style is not SceneStyle.Blueprint)
                continue;
            var words = WorldVocabulary.Split(SceneCaption.Describe(scene, random)).ToHashSet();
            foreach (var color in new[] { "red", "green", "yellow", "purple", "pink", "white", "black" })
                Assert.DoesNotContain(color, words);
        }
    }

    [Fact]
    public void Describe_OtherColors_NeverNamed()
    {
        var names = Enum.GetValues<SceneColor>().ToDictionary(color => color, color => color.ToString().ToLowerInvariant());
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var scene = SceneSampler.Sample(random, new SceneOptions { HasText = false, Style = SceneStyle.Flat, Backdrop = Backdrop.Plain });
            HashSet<SceneColor> present = [scene.BackdropColor, .. scene.Groups.Select(group => group.Color), .. scene.Groups.Select(group => group.WearsColor)];
            var words = WorldVocabulary.Split(SceneCaption.Describe(scene, random)).ToHashSet();
            foreach (var (color, name) in names)
                Assert.False(words.Contains(name) && !present.Contains(color), $"{name}: {string.Join(' ', words)}");
        }
    }

    [Fact]
    public void Words_Weights_SumToOneAndKeepPromptWords()
    {
        var words = WorldVocabulary.Words.ToDictionary(word => word.Word, word => word.Weight);
        Assert.Equal(1, words.Values.Sum(), 9);
        Assert.All(["photograph", "astronaut", "riding", "horse", "holding", "dragon", "panda", "vintage", "style", "kangaroo"], word => Assert.Contains(word, words));
        Assert.All(words.Keys, word => Assert.Equal(word.Trim().ToLowerInvariant(), word));
    }

    [Theory]
    [InlineData("""a sign that says "open now", pixel art""", "a sign that says pixel art")]
    [InlineData("'7up' in Red, please.", "in red please")]
    public void Split_Caption_DropsQuotedTextAndPunctuation(string caption, string expected) =>
        Assert.Equal(expected, string.Join(' ', WorldVocabulary.Split(caption)));
}
