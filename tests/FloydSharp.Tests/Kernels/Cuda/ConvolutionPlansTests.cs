using FloydSharp.Graphs;
using FloydSharp.Kernels.Cuda;
using FloydSharp.Memory;
using FloydSharp.Native;
using FloydSharp.Planning;
using FloydSharp.Testing;
using FloydSharp.Tests.Kernels.Cpu;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cuda;

public sealed class ConvolutionPlansTests(ITestOutputHelper output)
{
    private static readonly (long Batch, long Height, long Width, long Inputs, long Outputs, long Kernel, long Stride, long Padding)[] _kinds =
    [
        (2, 64, 64, 192, 192, 3, 1, 1), (2, 32, 32, 384, 768, 3, 2, 1), (2, 17, 19, 64, 96, 3, 1, 1), (2, 32, 32, 256, 128, 1, 1, 0),
        (1, 48, 40, 64, 64, 7, 1, 3), (2, 64, 64, 8, 192, 3, 1, 1), (2, 64, 64, 192, 6, 3, 1, 1), (1, 256, 256, 128, 128, 3, 1, 1), (2, 16, 16, 64, 64, 1, 2, 0),
    ];

    public static TheoryData<ScalarType> DTypes => [.. CudaLayers.DTypes];

    [Theory]
    [MemberData(nameof(DTypes))]
    public void TryConvolve_EveryKind_EqualsConv2d(ScalarType dtype)
    {
        CudaLayers.Require();
        using var folder = new TemporaryFolder();
        using var plans = new ConvolutionPlans(0, new(folder.Path));
        using var noGrad = no_grad();
        foreach (var kind in _kinds)
        {
            using var scope = NewDisposeScope();
            var (rows, filters) = Inputs(kind, dtype);
            var exact = nn.functional.conv2d(
                rows.permute(0, 3, 1, 2).to(ScalarType.Float64), filters.to(ScalarType.Float64), null, [kind.Stride, kind.Stride], [kind.Padding, kind.Padding]);
            var libtorch = nn.functional.conv2d(rows.permute(0, 3, 1, 2), filters, null, [kind.Stride, kind.Stride], [kind.Padding, kind.Padding]);
            var actual = plans.TryConvolve(rows, filters, kind.Stride, kind.Padding);
            if (actual is null && kind.Outputs % 8 != 0)
            {
                // Not whole vectors: cuDNN may have nothing that the rules allow.
                output.WriteLine($"{dtype} {kind}: left to libtorch, {plans.LastProblem ?? "no plan"}");
                continue;
            }

            Assert.True(actual is not null, $"{dtype} {kind}: {plans.LastProblem ?? "no plan"}");
            var features = actual.permute(0, 3, 1, 2);
            var error = KernelLayers.RelativeError(exact, features);
            output.WriteLine($"{dtype} {kind}: relative error {error:g3}, libtorch's {KernelLayers.RelativeError(exact, libtorch):g3}, allowed {CudaLayers.Tolerance(dtype):g3}");
            Assert.InRange(error, 0, CudaLayers.Tolerance(dtype));
            Assert.True(actual.is_contiguous());
        }

        foreach (var one in plans.Measured)
        {
            output.WriteLine($"{one.Shape}: {string.Join("; ", one.Plans.Select((p, i) => $"{(i == one.Best ? "*" : "")}{p.Tag} {p.Milliseconds * 1000:f1} us, {p.WorkspaceBytes >> 10} KiB"))}");
            Assert.NotNull(one.Best);
            Assert.All(one.Plans, p => Assert.InRange(p.WorkspaceBytes, 0, ConvolutionPlans.WorkspaceBytes));
        }

        output.WriteLine($"Last problem: {plans.LastProblem ?? "none"}");
        Assert.NotEmpty(plans.Measured);
    }

    [Theory]
    [MemberData(nameof(DTypes))]
    public void TryConvolve_SecondProcess_MeasuresNothingAndGivesTheSameBits(ScalarType dtype)
    {
        CudaLayers.Require();
        using var folder = new TemporaryFolder();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var inputs = _kinds.Where(kind => kind.Outputs % 8 == 0).Select(kind => (Kind: kind, Tensors: Inputs(kind, dtype))).ToList();
        List<Tensor> All(ConvolutionPlans plans) => [.. inputs.Select(i =>
        {
            var result = plans.TryConvolve(i.Tensors.Rows, i.Tensors.Filters, i.Kind.Stride, i.Kind.Padding);
            Assert.True(result is not null, plans.LastProblem);
            return result;
        })];

        List<Tensor> expected;
        using (var first = new ConvolutionPlans(0, new(folder.Path)))
        {
            expected = All(first);
            Assert.True(first.Measured.Count > 0, first.LastProblem);
            var repeated = All(first);
            Assert.All(expected.Zip(repeated), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        }

        Assert.NotEmpty(Directory.GetFiles(folder.Path));
        using var second = new ConvolutionPlans(0, new(folder.Path));
        var again = All(second);
        Assert.Empty(second.Measured);
        Assert.All(expected.Zip(again), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
    }

    [Fact]
    public void TryConvolve_InARecordedPass_FollowsItsInput()
    {
        CudaLayers.Require();
        using var folder = new TemporaryFolder();
        using var plans = new ConvolutionPlans(0, new(folder.Path));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, filters) = Inputs(_kinds[0], ScalarType.Float16);
        using var pass = new GraphedPass(() => plans.TryConvolve(rows, filters, 1, 1)!, new(CudaGraphDevice.Open(0), null), Guid.NewGuid().ToString());
        for (var i = 0; i < 5; i++)
        {
            using var round = NewDisposeScope();
            rows.copy_(randn_like(rows));
            var actual = pass.Run();
            var expected = plans.TryConvolve(rows, filters, 1, 1)!;
            Assert.True(actual.equal(expected).all().item<bool>());
        }

        Assert.True(pass.IsRecorded, pass.Why);
        Assert.Single(plans.Measured);
    }

    [Fact]
    public void TryConvolve_FirstMetWhileRecording_MeasuresNothing()
    {
        CudaLayers.Require();
        using var folder = new TemporaryFolder();
        using var plans = new ConvolutionPlans(0, new(folder.Path));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, filters) = Inputs(_kinds[1], ScalarType.Float16);
        var copied = zeros([2, 16, 16, 768], ScalarType.Float16, TestDevice.Device);
        var device = CudaGraphDevice.Open(0);
        IRecordedWork? work = null;
        Exception? problem;
        using (device.Enter())
        {
            copied.fill_(1);
            problem = Record.Exception(() => work = device.Record(() =>
            {
                using var result = plans.TryConvolve(rows, filters, 2, 1)!;
                copied.copy_(result);
            }));
        }

        Assert.Empty(plans.Measured);
        Assert.Empty(Directory.GetFiles(folder.Path));
        output.WriteLine($"recorded: {problem?.Message ?? "yes"}; {plans.LastProblem ?? "no problem"}");
        using (work)
        {
            work?.Launch();
            var expected = plans.TryConvolve(rows, filters, 2, 1);
            Assert.NotNull(expected);
            Assert.Single(plans.Measured);
            if (work is not null)
                Assert.InRange(KernelLayers.RelativeError(expected, copied), 0, CudaLayers.Tolerance(ScalarType.Float16));
        }
    }

    [Fact]
    public void WorkspaceBytes_OfAPlan_AreWhatMemoryPlansCount() => Assert.Equal(ConvolutionPlans.WorkspaceBytes, PlanConstants.Cuda.ConvolutionBase);

    [Fact]
    public void Problem_AsTheLibrariesAre_IsToldOrNothingStandsInTheWay()
    {
        var problem = CudnnSupport.Problem();
        output.WriteLine(problem ?? "none");
        if (TestDevice.Device.type != TorchSharp.DeviceType.CUDA && NativeLibraries.Loaded?.LibtorchCuda is null)
            Assert.NotNull(problem);
        else
            Assert.Null(problem);
    }

    [Fact]
    public void TryConvolve_AnyShape_StaysWithinItsWorkspace()
    {
        CudaLayers.Require();
        Assert.SkipUnless(DeviceMemory.HasPool, "The device has no memory pool.");
        using var folder = new TemporaryFolder();
        using var plans = new ConvolutionPlans(0, new(folder.Path));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, filters) = Inputs((1, 256, 256, 256, 256, 3, 1, 1), ScalarType.Float16);
        DeviceMemory.RestartPeak(0);
        var before = DeviceMemory.Used(0)!.Value;
        using var result = plans.TryConvolve(rows, filters, 1, 1);
        var peak = DeviceMemory.PeakSinceRestart(0)!.Value - before;
        output.WriteLine($"{peak >> 20} MiB beside what was there, {result!.numel() * 2 >> 20} of them the result");
        Assert.InRange(peak, 0, (result.numel() * 2) + ConvolutionPlans.WorkspaceBytes + (4 << 20));
    }

    [Fact]
    public void TryConvolve_GradientIsAskedFor_LeavesItToLibtorch()
    {
        CudaLayers.Require();
        using var plans = new ConvolutionPlans(0, new(null));
        using var scope = NewDisposeScope();
        var (rows, filters) = Inputs(_kinds[3], ScalarType.Float32);
        filters.requires_grad = true;
        Assert.Null(plans.TryConvolve(rows, filters, 1, 0));
        using var noGrad = no_grad();
        Assert.NotNull(plans.TryConvolve(rows, filters, 1, 0));
    }

    [Fact]
    public void TryConvolve_Repeated_LeaksNothing()
    {
        CudaLayers.Require();
        using var plans = new ConvolutionPlans(0, new(null));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, filters) = Inputs(_kinds[0], ScalarType.BFloat16);
        plans.TryConvolve(rows, filters, 1, 1)!.Dispose();
        TensorAssert.NoLeaks(() => plans.TryConvolve(rows, filters, 1, 1)!.Dispose());
    }

    private static (Tensor Rows, Tensor Filters) Inputs((long Batch, long Height, long Width, long Inputs, long Outputs, long Kernel, long Stride, long Padding) kind, ScalarType dtype)
    {
        using var generator = new Generator(11, CPU);
        Tensor Draw(params long[] shape) => randn(shape, generator: generator);
        var rows = Draw(kind.Batch, kind.Height, kind.Width, kind.Inputs).to(dtype).to(TestDevice.Device);
        var filters = (Draw(kind.Outputs, kind.Kernel, kind.Kernel, kind.Inputs) * 0.05).to(dtype).to(TestDevice.Device);
        return (rows, filters.permute(0, 3, 1, 2));
    }
}
