using FloydSharp.Nn;
using FloydSharp.Training.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Optimization;

public sealed class MuonDirectionsTests
{
    [Fact]
    public void Replace_MomentumOfAnySize_GivesSingularValuesNearOne()
    {
        using var scope = NewDisposeScope();
        using var model = new TrainableModel([new("unet", new Two())], CPU, ScalarType.Float32);
        using var muon = new MuonDirections(model);
        using var generator = new Generator(3, CPU);
        var momentum = randn(model.Size, generator: generator) * 1e-3;
        var step = full(model.Size, 7f);

        muon.Replace(momentum, step);

        foreach (var slot in model.Slots.Where(s => s.Shape.Length > 1))
        {
            var matrix = step.narrow(0, slot.Offset, slot.Count).view(slot.Shape[0], -1);
            var most = Math.Max(matrix.shape[0], matrix.shape[1]);
            var values = linalg.svdvals(matrix / (0.2 * Math.Sqrt(most))).data<float>().ToArray();
            Assert.All(values, v => Assert.InRange(v, 0.5f, 1.5f));
            // A descent direction: it goes the way of the momentum.
            Assert.True((matrix.flatten() * momentum.narrow(0, slot.Offset, slot.Count)).sum().item<float>() > 0);
        }

        var bias = model.Slots.Single(s => s.Shape.Length == 1);
        Assert.All(step.narrow(0, bias.Offset, bias.Count).data<float>().ToArray(), v => Assert.Equal(7f, v));
    }

    [Fact]
    public void Step_WithMuon_MakesTheLossSmaller()
    {
        using var scope = NewDisposeScope();
        var layer = new Two();
        using var model = new TrainableModel([new("unet", layer)], CPU, ScalarType.Float32);
        model.Initialise(1);
        using var optimizer = new FlatAdamW(model, new() { UsesMuon = true, Beta1 = 0.95, MaxNorm = 0 });
        using var generator = new Generator(5, CPU);
        var x = randn(64, 20, generator: generator);
        var losses = new List<float>();
        for (var i = 0; i < 60; i++)
        {
            using var inner = NewDisposeScope();
            model.ZeroGradient();
            var loss = (layer.Linear.forward(x) - x.narrow(1, 0, 12)).square().mean();
            loss.backward();
            losses.Add(loss.item<float>());
            optimizer.Step(0.1).Dispose();
        }

        Assert.True(losses[^1] < 0.1 * losses[0], $"{losses[0]} -> {losses[^1]}");
    }

    private sealed class Two : Layer
    {
        public Two()
        {
            Linear = Add("linear", new Linear(20, 12));
            Add("conv", new Conv2d(10, 12, 3, bias: false));
        }

        public Linear Linear { get; }
    }
}
