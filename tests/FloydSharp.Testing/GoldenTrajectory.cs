using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using Xunit;

namespace FloydSharp.Testing;

/// <summary>Compares a pipeline's steps and result with a golden case.</summary>
public sealed class GoldenTrajectory(GoldenCase golden, ITestOutputHelper output) : IProgress<StepInfo>, IDisposable
{
    // golden/README.md: float32 on a CPU, 1e-4 after the first step, 1e-3 at the end. On another device a single forward pass
    // may be off by more than the first of these.
    private static readonly double FirstStep = Math.Max(1e-4, TestDevice.Forward);
    private const double Whole = 1e-3;

    private readonly GoldenTensors _tensors = GoldenTensors.Load(golden);
    private int _steps;

    public long[] SampleShape => _tensors["step0"].shape;

    public void Report(StepInfo value)
    {
        TensorAssert.Close(_tensors[$"step{value.Step}"], value.Sample, value.Step == 0 ? FirstStep : Whole, output, $"{golden} step {value.Step}");
        Assert.True(value.PredictedClean.shape.AsSpan().SequenceEqual(value.Sample.shape));
        _steps++;
    }

    /// <summary>Compares the raw result, where the case stores one, and the number of steps.</summary>
    public void CheckResult(TorchSharp.torch.Tensor result)
    {
        Assert.Equal(_tensors.Names.Count(n => n.StartsWith("step", StringComparison.Ordinal)), _steps);
        if (_tensors.Contains("out"))
            TensorAssert.Close(_tensors["out"], result, Whole, output, $"{golden} result");
    }

    /// <summary>Compares PNG files within one level.</summary>
    public void CheckPictures(IReadOnlyList<Picture> pictures)
    {
        for (var i = 0; i < pictures.Count; i++)
        {
            var expected = ImageFile.Load(golden.Folder.FileOf($"{golden.Name}_{i}.png")).ToRgb();
            var actual = pictures[i].Image;
            Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
            var error = expected.Pixels.Zip(actual.Pixels).Max(p => Math.Abs(p.First - p.Second));
            output.WriteLine($"{golden} picture {i}: largest difference {error} levels, allowed 1");
            Assert.True(error <= 1, $"{golden} picture {i} differs by {error} levels.");
        }
    }

    public void Dispose() => _tensors.Dispose();
}
