using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using FloydSharp.IO;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Eval.Tests.Analysis;

public sealed class SceneAnalyserTests(ITestOutputHelper output)
{
    [Fact]
    public void Look_RenderedScenes_SeesTheirThingsAndBackdrops()
    {
        var options = new SceneOptions { HasText = false, Style = SceneStyle.Flat };
        var scenes = Enumerable.Range(0, 100).Select(i => ReservedSeeds.Scene(ReservedSeeds.Check + 600_000 + i, options)).ToArray();
        using var analyser = new SceneAnalyser();
        var seen = analyser.Look([.. scenes.Select(s => SceneRenderer.Render(s, 64))]);
        var answers = scenes.Zip(seen).Select(p => Judge.Of(AskedFacts.Of(p.First), p.Second)).ToArray();
        output.WriteLine($"objects missed {answers.Count(a => a.Object is false)}, backdrops missed {answers.Count(a => a.Backdrop is false)} of 100");
        Assert.True(answers.Count(a => a.Object is false) <= 1);
        Assert.True(answers.Count(a => a.Backdrop is false) <= 1);
    }

    [Fact]
    public void New_MissingWeights_SaysHowToMakeThem() =>
        Assert.Contains("floyd-eval train", Assert.Throws<FloydException>(() => new SceneAnalyser("nowhere.safetensors")).Message);
}
