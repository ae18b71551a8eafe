using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cuda;

public class EngineRulesTests
{
    private static readonly EngineRules _rules = new(91002, new(9, 0));
    private static readonly ConvolutionShape _half = new(ScalarType.Float16, 2, 64, 64, 192, 192, 3, 3, 1, 1, false);

    [Theory]
    [InlineData(true)]
    [InlineData(true, CudnnNumericalNote.TensorCore)]
    [InlineData(false, CudnnNumericalNote.TensorCore, CudnnNumericalNote.DownConvertInputs)]
    [InlineData(false, CudnnNumericalNote.ReducedPrecisionReduction)]
    [InlineData(false, CudnnNumericalNote.Nondeterministic)]
    [InlineData(false, CudnnNumericalNote.Winograd)]
    [InlineData(false, CudnnNumericalNote.TensorCore, CudnnNumericalNote.WinogradTile4x4)]
    [InlineData(false, CudnnNumericalNote.Fft)]
    internal void Allow_NumericalNotes_OnlyExactSums(bool expected, params CudnnNumericalNote[] notes) =>
        Assert.Equal(expected, _rules.Allow(new(1, [.. notes.Select(n => (int)n)], []), _half));

    [Fact]
    public void Allow_NotesOfNewerVersions_DoNotMatter() => Assert.True(_rules.Allow(new(1, [9, 20], [3, 4, 20]), _half));

    [Theory]
    [InlineData(CudnnBehaviorNote.RuntimeCompilation)]
    [InlineData(CudnnBehaviorNote.FilterReorder)]
    internal void Allow_CompilationOrOtherFilters_SaysNo(CudnnBehaviorNote note) => Assert.False(_rules.Allow(new(1, [], [(int)note]), _half));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Allow_Float32OnTensorCores_OnlyWhereTf32IsAllowed(bool shortened, bool expected)
    {
        var shape = _half with { DType = ScalarType.Float32, Shortened = shortened };
        Assert.Equal(expected, _rules.Allow(new(1, [(int)CudnnNumericalNote.TensorCore], []), shape));
        Assert.True(_rules.Allow(new(1, [], []), shape));
    }

    [Theory]
    [InlineData(5, 92301, "9.0", false)]
    [InlineData(5, 92300, "9.0", true)]
    [InlineData(5, 92400, "9.0", true)]
    [InlineData(58, 92300, "12.0", false)]
    [InlineData(58, 92300, "9.0", true)]
    public void Allow_BrokenEngines_OnlyOfTheirVersions(long engine, long version, string capability, bool expected) =>
        Assert.Equal(expected, new EngineRules(version, new(capability)).Allow(new(engine, [], []), _half));

    [Theory]
    [InlineData(8, 8, 3, 1, 1, 8, 8)]
    [InlineData(9, 8, 3, 2, 1, 5, 4)]
    [InlineData(18, 22, 7, 1, 3, 18, 22)]
    [InlineData(5, 6, 1, 1, 0, 5, 6)]
    [InlineData(9, 9, 3, 2, 0, 4, 4)]
    public void OutputSize_OfAShape_IsWhatConv2dMakes(long height, long width, long kernel, long stride, long padding, long expectedHeight, long expectedWidth)
    {
        var shape = new ConvolutionShape(ScalarType.Float32, 1, height, width, 4, 8, kernel, kernel, stride, padding, false);
        Assert.Equal((expectedHeight, expectedWidth), (shape.OutputHeight, shape.OutputWidth));
        using var scope = NewDisposeScope();
        var result = nn.functional.conv2d(zeros(1, 4, height, width), zeros(8, 4, kernel, kernel), null, [stride, stride], [padding, padding]);
        Assert.Equal([1, 8, shape.OutputHeight, shape.OutputWidth], result.shape);
    }

    [Fact]
    public void IsUsual_TooLargeOrEmpty_SaysNo()
    {
        Assert.True(_half.IsUsual);
        Assert.False((_half with { Batch = 0 }).IsUsual);
        Assert.False((_half with { Height = 1 << 15, Width = 1 << 15 }).IsUsual);
        Assert.False((_half with { Height = 1, Width = 1, Padding = 0 }).IsUsual);
        Assert.False((_half with { Inputs = 8, Outputs = 1 << 20, Height = 256 }).IsUsual);
    }

    [Fact]
    public void ToString_EveryPart_MakesADifference()
    {
        ConvolutionShape[] shapes =
        [
            _half, _half with { DType = ScalarType.BFloat16 }, _half with { Batch = 1 }, _half with { Height = 32 }, _half with { Width = 32 },
            _half with { Inputs = 8 }, _half with { Outputs = 8 }, _half with { KernelHeight = 1 }, _half with { KernelWidth = 1 }, _half with { Stride = 2 },
            _half with { Padding = 0 }, _half with { DType = ScalarType.Float32 }, _half with { DType = ScalarType.Float32, Shortened = true },
        ];
        Assert.Equal(shapes.Length, shapes.Select(s => s.ToString()).Distinct().Count());
    }
}
