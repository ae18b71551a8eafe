using FloydSharp.IO;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Stages;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Stages;

public sealed class TrainingStateTests
{
    [Fact]
    public void Load_AfterSaveAndCheckpoint_GivesWeightsMomentsAndCounters()
    {
        using var folder = new TemporaryFolder();
        using var layer = new Linear(30, 20);
        using var model = new TrainableModel([new("part", layer)], CPU, ScalarType.Float32);
        model.Initialise(1);
        using var optimizer = new FlatAdamW(model, new() { AverageDecay = 0.9 });
        using var scope = NewDisposeScope();
        using var generator = new Generator(4, CPU);
        for (var i = 0; i < 5; i++)
        {
            model.ZeroGradient();
            layer.forward(randn([6, 30], generator: generator)).square().sum().backward();
            optimizer.Step(0.01);
        }

        new CheckpointWriter(folder.Path).Weights("part", "diffusers", "Part", "{}", model);
        TrainingState.Save(folder.File("state"), model, optimizer, samples: 77);

        using var otherLayer = new Linear(30, 20);
        using var other = new TrainableModel([new("part", otherLayer)], CPU, ScalarType.Float32);
        using var otherOptimizer = new FlatAdamW(other, new());
        other.Load("part", folder.File("part"));
        Assert.Equal(77, TrainingState.Load(folder.File("state"), other, otherOptimizer));
        Assert.Equal(5, otherOptimizer.Steps);
        Near(model.Master, other.Master, 1e-4);
        Near(model.Average, other.Average, 1e-3);
        Near(optimizer.First, otherOptimizer.First, 4e-3);
        Near(optimizer.Second, otherOptimizer.Second, 1e-2);
        Near(otherLayer.NamedWeights().First().Value.Value, layer.NamedWeights().First().Value.Value, 1e-4);
    }

    [Fact]
    public void Load_OtherSizes_NamesTheFolder()
    {
        using var folder = new TemporaryFolder();
        using var small = new TrainableModel([new("part", new Linear(3, 2))], CPU, ScalarType.Float32);
        using var large = new TrainableModel([new("part", new Linear(3, 4))], CPU, ScalarType.Float32);
        using var ofSmall = new FlatAdamW(small, new());
        using var ofLarge = new FlatAdamW(large, new());
        TrainingState.Save(folder.Path, small, ofSmall, 0);
        var error = Assert.Throws<FloydException>(() => TrainingState.Load(folder.Path, large, ofLarge));
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
    }

    private static void Near(Tensor expected, Tensor actual, double relative)
    {
        using var noGrad = no_grad();
        var error = (expected - actual).abs().max().item<float>();
        Assert.InRange(error, 0, relative * expected.abs().max().item<float>());
    }
}
