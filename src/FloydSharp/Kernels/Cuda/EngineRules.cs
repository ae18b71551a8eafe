using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>What cuDNN tells of an engine, one of its ways to compute a convolution.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Numerical">Its <see cref="CudnnNumericalNote"/>s.</param>
/// <param name="Behavior">Its <see cref="CudnnBehaviorNote"/>s.</param>
internal sealed record EngineNotes(long Index, IReadOnlyList<int> Numerical, IReadOnlyList<int> Behavior);

/// <summary>Which engines are good enough: products of the dtype's own numbers, sums in float32, the same bits each time.</summary>
/// <param name="cudnnVersion">As cuDNN writes it.</param>
/// <param name="capability">The device's.</param>
internal sealed class EngineRules(long cudnnVersion, Version capability)
{
    /// <summary>To be raised with every change of the rules or of what is measured: kept choices are made anew.</summary>
    public const int Edition = 1;

    // Winograd and Fourier transforms round what they transform; a compiler at run time takes a second for each shape.
    private static readonly int[] _badNumbers =
    [
        (int)CudnnNumericalNote.DownConvertInputs, (int)CudnnNumericalNote.ReducedPrecisionReduction, (int)CudnnNumericalNote.Fft,
        (int)CudnnNumericalNote.Nondeterministic, (int)CudnnNumericalNote.Winograd, (int)CudnnNumericalNote.WinogradTile4x4,
        (int)CudnnNumericalNote.WinogradTile6x6, (int)CudnnNumericalNote.WinogradTile13x13,
    ];

    private static readonly int[] _badWays =
        [(int)CudnnBehaviorNote.RuntimeCompilation, (int)CudnnBehaviorNote.FilterReorder, (int)CudnnBehaviorNote.BiasReorder];

    /// <summary>Whether an engine may compute a convolution.</summary>
    public bool Allow(EngineNotes engine, ConvolutionShape shape) =>
        !engine.Numerical.Any(_badNumbers.Contains) && !engine.Behavior.Any(_badWays.Contains) && !IsBroken(engine.Index)
        && (shape.DType != ScalarType.Float32 || shape.Shortened || !engine.Numerical.Contains((int)CudnnNumericalNote.TensorCore));

    // Those that libtorch leaves out as well (aten/src/ATen/native/cudnn/Conv_v8.cpp): wrong results, and reads beyond memory.
    private bool IsBroken(long index) =>
        (index == 5 && cudnnVersion is >= 92301 and < 92400) || (index == 58 && cudnnVersion >= 92300 && capability == new Version(12, 0));
}
