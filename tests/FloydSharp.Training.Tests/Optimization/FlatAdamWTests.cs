using FloydSharp.Models.UNet;
using FloydSharp.Nn;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Stages;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Optimization;

public sealed class FlatAdamWTests(ITestOutputHelper output)
{
    [Fact]
    public void Step_ThreeSteps_EqualsAdamWOnEachWeight()
    {
        using var layer = new Linear(7, 5);
        using var model = new TrainableModel([new("part", layer)], CPU, ScalarType.Float32);
        model.Initialise(1);
        var options = new AdamOptions { Beta2 = 0.98, WeightDecay = 0.1, MaxNorm = 0.5, AverageDecay = 0 };
        using var optimizer = new FlatAdamW(model, options);
        var slots = model.Slots;
        using var scope = NewDisposeScope();
        var expected = slots.Select(s => s.Weight.Value.detach().clone()).ToArray();
        var first = expected.Select(e => zeros_like(e)).ToArray();
        var second = expected.Select(e => zeros_like(e)).ToArray();
        using var generator = new Generator(4, CPU);
        var x = randn([6, 7], generator: generator);

        for (var step = 1; step <= 3; step++)
        {
            model.ZeroGradient();
            layer.forward(x).square().sum().backward();
            var gradients = slots.Select(s => s.Weight.Value.grad!.clone()).ToArray();
            using var norm = optimizer.Step(0.01);

            var total = Math.Sqrt(gradients.Sum(g => g.square().sum().item<float>()));
            Assert.Equal(total, norm.item<float>(), 1e-3 * total);
            for (var i = 0; i < slots.Count; i++)
            {
                using var noGrad = no_grad();
                var g = gradients[i] * Math.Min(1, options.MaxNorm / total);
                first[i] = (0.9 * first[i]) + (0.1 * g);
                second[i] = (0.98 * second[i]) + (0.02 * g * g);
                var update = first[i] / (1 - Math.Pow(0.9, step)) / ((second[i] / (1 - Math.Pow(0.98, step))).sqrt() + 1e-8);
                var decay = slots[i].Shape.Length > 1 ? 0.1 : 0;
                expected[i] = (expected[i] * (1 - (0.01 * decay))) - (0.01 * update);
                var error = (slots[i].Weight.Value - expected[i]).abs().max().item<float>();
                output.WriteLine($"step {step}, {slots[i].Name}: largest error {error:e1}");
                Assert.InRange(error, 0, 2e-6);
            }
        }
    }

    [Fact]
    public void Step_GradientNotFinite_LeavesWeightsFinite()
    {
        using var layer = new Linear(2, 2);
        using var model = new TrainableModel([new("part", layer)], CPU, ScalarType.Float32);
        model.Initialise(1);
        using var optimizer = new FlatAdamW(model, new());
        using (no_grad())
            model.Gradient.fill_(double.NaN);
        using var norm = optimizer.Step(0.1);
        Assert.True(model.Master.isfinite().all().item<bool>());
        Assert.Equal(0, optimizer.First.abs().max().item<float>());
    }

    [Fact]
    public void Gradient_OfTinyUNet_EqualsFiniteDifferences()
    {
        using var unet = new UNet2DConditionModel(CascadePreset.Tiny.StageI);
        using var model = new TrainableModel([new("unet", unet)], CPU, ScalarType.Float64);
        model.Initialise(2);
        using var scope = NewDisposeScope();
        using var generator = new Generator(8, CPU);
        using (no_grad())
            model.Working.add_(randn([model.Size], ScalarType.Float64, generator: generator), 0.02);
        var x = randn([2, 3, 8, 8], ScalarType.Float64, generator: generator);
        var text = randn([2, 5, 32], ScalarType.Float64, generator: generator);
        var time = tensor(new long[] { 10, 700 });
        Tensor Loss() => unet.forward(x, time, text).square().mean();

        model.ZeroGradient();
        Loss().backward();
        var checkedSlots = 0;
        foreach (var slot in model.Slots.Where((_, i) => i % 7 == 0))
        {
            using var inner = NewDisposeScope();
            using var noGrad = no_grad();
            var element = slot.Offset + (slot.Count / 2);
            const double step = 1e-5;
            var place = model.Working.narrow(0, element, 1);
            place.add_(step);
            var above = Loss().item<double>();
            place.sub_(2 * step);
            var below = Loss().item<double>();
            place.add_(step);
            var expected = (above - below) / (2 * step);
            var actual = model.Gradient[element].item<double>();
            Assert.True(Math.Abs(expected - actual) <= 1e-6 + (1e-4 * Math.Abs(expected)), $"{slot.Name}: {actual} instead of {expected}");
            checkedSlots++;
        }

        Assert.True(checkedSlots > 10);
    }
}
