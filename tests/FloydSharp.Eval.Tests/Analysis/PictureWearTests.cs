using FloydSharp.Eval.Analysis;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Tests.Analysis;

public sealed class PictureWearTests
{
    [Fact]
    public void Of_Pictures_KeepsAThirdAndStaysNearTheOthers()
    {
        using var scope = NewDisposeScope();
        var labels = new SceneLabels(96);
        for (var i = 0; i < labels.Count; i++)
            labels.Set(i, Eval.Prompts.ReservedSeeds.Scene(Eval.Prompts.ReservedSeeds.Check + 700_000 + i));
        var pictures = labels.On(CPU).Pictures;
        using var generator = new Generator(5, CPU);
        var worn = new PictureWear(generator).Of(pictures);
        Assert.Equal(pictures.shape, worn.shape);
        Assert.True(worn.abs().max().item<float>() <= 1);
        var change = (worn - pictures).abs().mean([1, 2, 3]).data<float>().ToArray();
        Assert.InRange(change.Count(c => c == 0), 20, 50);
        Assert.InRange(change.Average(), 0.005f, 0.12f);
        Assert.True(change.Max() < 0.35f, $"{change.Max()}");
    }
}
