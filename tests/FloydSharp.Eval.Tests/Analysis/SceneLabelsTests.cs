using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Tests.Analysis;

public sealed class SceneLabelsTests
{
    [Fact]
    public void On_FilledTwice_HoldsTheSecondScenesAlone()
    {
        using var scope = NewDisposeScope();
        var scenes = Enumerable.Range(0, 6).Select(i => ReservedSeeds.Scene(ReservedSeeds.Check + 710_000 + i, new() { HasText = false, Kind = ThingKind.Cat })).ToArray();
        var labels = new SceneLabels(3);
        for (var i = 0; i < 6; i++)
            labels.Set(i % 3, scenes[i]);
        var tensors = labels.On(CPU);
        var places = scenes.Skip(3).SelectMany(s => s.Groups).SelectMany(g => g.Places).ToArray();
        Assert.Equal([places.Length, 5], tensors.Things.shape);
        Assert.Equal([3, 3, SceneLabels.Side, SceneLabels.Side], tensors.Pictures.shape);
        for (var i = 0; i < places.Length; i++)
        {
            var x = (tensors.Things[i, 2].item<long>() + tensors.Boxes[i, 0].item<float>()) / SceneLabels.Grid;
            var y = (tensors.Things[i, 1].item<long>() + tensors.Boxes[i, 1].item<float>()) / SceneLabels.Grid;
            Assert.Equal((places[i].X, places[i].Y, places[i].Size), (x, y, tensors.Boxes[i, 2].item<float>()), new Near());
        }
    }

    private sealed class Near : IEqualityComparer<(float, float, float)>
    {
        public bool Equals((float, float, float) a, (float, float, float) b) =>
            Math.Abs(a.Item1 - b.Item1) < 1e-5 && Math.Abs(a.Item2 - b.Item2) < 1e-5 && Math.Abs(a.Item3 - b.Item3) < 1e-5;

        public int GetHashCode((float, float, float) obj) => 0;
    }
}
