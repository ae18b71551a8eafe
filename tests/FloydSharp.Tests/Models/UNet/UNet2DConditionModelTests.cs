using FloydSharp.IO.Safetensors;
using FloydSharp.Models.UNet;
using FloydSharp.Testing;
using FloydSharp.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.UNet;

public class UNet2DConditionModelTests(ITestOutputHelper output)
{
    private static readonly double Tolerance = TestDevice.Forward;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("UNet2DConditionModel")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_ReferenceInputs_GivesReferenceOutput(GoldenCase golden)
    {
        using var run = GoldenRun.Load(golden);
        using var actual = run.Forward();

        TensorAssert.Close(run.Tensors["out"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_Twice_LeavesOnlyTheResultsAlive(GoldenCase golden)
    {
        using var run = GoldenRun.Load(golden);
        run.Forward().Dispose();
        var before = LiveTensors;
        using var first = run.Forward();
        using var second = run.Forward();

        Assert.Equal(before + 2, LiveTensors);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_OneTimestepPerSample_EqualsSamplesAlone(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(golden);
        var times = tensor(new long[] { 17, 902 });
        var together = run.Model.forward(run.Sample, times, run.Text, run.Labels);
        for (var i = 0; i < 2; i++)
        {
            var range = TensorIndex.Slice(i, i + 1);
            var alone = run.Model.forward(run.Sample[range], times[i], run.Text[range], run.Labels?[range]);
            TensorAssert.Close(together[range], alone, Tolerance, output, $"{golden}, sample {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_SizeThatDoesNotHalveEvenly_KeepsTheSize(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(golden);
        var sample = run.Sample[TensorIndex.Ellipsis, TensorIndex.Slice(0, 19), TensorIndex.Slice(0, 21)];
        var actual = run.Model.forward(sample, run.Tensors["timestep"], run.Text, run.Labels);

        Assert.Equal([sample.shape[0], run.Model.Config.OutChannels, 19, 21], actual.shape);
        Assert.True(actual.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_BFloat16_StaysNearFloat32InTheSameDType(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(golden, TestDevice.Load with { DType = ScalarType.BFloat16 });
        var actual = run.Model.forward(
            run.Sample.to(ScalarType.BFloat16), run.Tensors["timestep"], run.Text.to(ScalarType.BFloat16), run.Labels);
        var expected = run.Tensors["out"];
        var relative = ((actual.to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();
        output.WriteLine($"{golden}: relative error {relative:g3}");

        Assert.Equal(ScalarType.BFloat16, actual.dtype);
        Assert.InRange(relative, 0, 0.05);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_SampleWithGradient_CarriesItBack(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(golden);
        var sample = run.Sample.detach().clone().requires_grad_();
        run.Model.forward(sample, run.Tensors["timestep"], run.Text, run.Labels).square().sum().backward();

        Assert.True(sample.grad is not null && sample.grad.abs().sum().item<float>() > 0);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_WrongShapes_AreRefusedByName(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(golden);
        var (time, labels) = (run.Tensors["timestep"], run.Labels);

        Assert.Contains("sample", Message(() => run.Model.forward(run.Sample[0], time, run.Text, labels)), StringComparison.Ordinal);
        Assert.Contains("text", Message(() => run.Model.forward(run.Sample, time, run.Text[0], labels)), StringComparison.Ordinal);
        Assert.Contains("timestep", Message(() => run.Model.forward(run.Sample, zeros(3), run.Text, labels)), StringComparison.Ordinal);
        Assert.Contains("noise level", Message(() => run.Model.forward(run.Sample, time, run.Text, labels is null ? time : null)), StringComparison.Ordinal);

        static string Message(Func<Tensor> forward) => Assert.Throws<ArgumentException>(forward).Message;
    }

    [Fact]
    public void Forward_NoWeightsLoaded_SaysSo()
    {
        using var scope = NewDisposeScope();
        using var model = new UNet2DConditionModel(RealConfigs.X4Upscaler);
        var error = Assert.Throws<InvalidOperationException>(
            () => model.forward(zeros(1, 7, 8, 8), tensor(1L), zeros(1, 2, 1024), tensor(20L)));

        Assert.Contains("not loaded", error.Message, StringComparison.Ordinal);
    }

    private static long LiveTensors => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void ForwardTold_SamplesThatMeetSeveralTexts_EqualsOnePredictionForEach(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(golden);
        var samples = cat([run.Sample[..1], run.Sample[..1].neg()]);
        var texts = cat([run.Text[..1], run.Text[..1], run.Text[1..2], run.Text[1..2]]);
        var labels = run.Labels is null ? null : tensor(new long[] { 3, 1, 3, 1 }).to(run.Labels.dtype);
        var read = run.Model.Read(texts);
        var times = run.Model.ReadTimes(tensor(new long[] { 902, 17, 400 }), read, labels);

        foreach (var (step, time) in new[] { (0, 902L), (1, 17L) })
        {
            var expected = run.Model.forward(samples.repeat(2, 1, 1, 1), tensor(time), texts, labels);
            var actual = run.Model.forwardTold(samples, times[step], read);
            TensorAssert.Close(expected, actual, Tolerance, output, $"{golden}, timestep {time}");
        }

        read.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void ForwardTold_Twice_LeavesOnlyTheResultsAlive(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var run = GoldenRun.Load(golden);
        using var sample = run.Sample[..1];
        using var read = run.Model.Read(run.Text);
        using var time = tensor(new[] { 5L });
        using var times = run.Model.ReadTimes(time, read, run.Labels);
        using var told = times[0];
        run.Model.forwardTold(sample, told, read).Dispose();
        var before = LiveTensors;
        using var first = run.Model.forwardTold(sample, told, read);
        using var second = run.Model.ReadTimes(time, read, run.Labels);

        Assert.Equal(before + 2, LiveTensors);
    }

    [Fact]
    public void ForwardTold_ShapesThatDoNotFit_SayWhatWould()
    {
        using var scope = NewDisposeScope();
        using var run = GoldenRun.Load(GoldenCase.OfKind("UNet2DConditionModel").First());
        using var read = run.Model.Read(run.Text);
        var told = run.Model.ReadTimes(tensor(new[] { 5L }), read, run.Labels)[0];

        Assert.Contains("not the same number", Assert.Throws<ArgumentException>(() => run.Model.forwardTold(run.Sample[..1].repeat(3, 1, 1, 1), told, read)).Message, StringComparison.Ordinal);
        Assert.Contains($"expected (2, {told.shape[1]})", Assert.Throws<ArgumentException>(() => run.Model.forwardTold(run.Sample, told[..1], read)).Message, StringComparison.Ordinal);
        Assert.Contains("expected (S)", Assert.Throws<ArgumentException>(() => run.Model.ReadTimes(tensor(5L), read, run.Labels)).Message, StringComparison.Ordinal);
    }

    private sealed class GoldenRun : IDisposable
    {
        private GoldenRun(GoldenTensors tensors, UNet2DConditionModel model) => (Tensors, Model) = (tensors, model);

        public GoldenTensors Tensors { get; }

        public UNet2DConditionModel Model { get; }

        public Tensor Sample => Tensors["sample"];

        public Tensor Text => Tensors["encoder_hidden_states"];

        public Tensor? Labels => Tensors.Contains("class_labels") ? Tensors["class_labels"] : null;

        public static GoldenRun Load(GoldenCase golden, LoadOptions? options = null)
        {
            var folder = golden.Folder.Checkpoint(golden.Json.GetProperty("checkpoint").GetString()!);
            var model = new UNet2DConditionModel(UNet2DConditionConfig.Load(folder));
            using var weights = WeightSet.Open(folder);
            var report = CheckpointLoader.Load(model, weights, options ?? TestDevice.Load);
            Assert.Empty(report.Unexpected);
            return new(GoldenTensors.Load(golden), model);
        }

        public Tensor Forward()
        {
            using var _ = no_grad();
            return Model.forward(Sample, Tensors["timestep"], Text, Labels);
        }

        public void Dispose()
        {
            Model.Dispose();
            Tensors.Dispose();
        }
    }
}
