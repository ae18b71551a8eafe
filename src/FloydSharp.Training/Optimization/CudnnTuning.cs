using System.Runtime.InteropServices;
using FloydSharp.Native;

namespace FloydSharp.Training.Optimization;

/// <summary>
/// Lets cuDNN measure its convolution kernels and keep the fastest per shape (PyTorch's <c>cudnn.benchmark</c>). TorchSharp does
/// not offer the switch, so it is set on libtorch's global context directly. Shapes are the same in every step of a run.
/// </summary>
internal static unsafe class CudnnTuning
{
    private const string Context = "_ZN2at13globalContextEv";
    private const string SetBenchmark = "_ZN2at7Context17setBenchmarkCuDNNEb";
    private const string GetBenchmark = "_ZNK2at7Context14benchmarkCuDNNEv";

    /// <summary>Switches the measuring on.</summary>
    /// <returns>Whether this libtorch has the switch and it is on now.</returns>
    public static bool TryEnable()
    {
        NativeLibraries.EnsureLoaded();
        if (NativeLibraries.Loaded is not { } loaded || !NativeLibrary.TryLoad(loaded.Libtorch, out var library)
            || !NativeLibrary.TryGetExport(library, Context, out var context)
            || !NativeLibrary.TryGetExport(library, SetBenchmark, out var set)
            || !NativeLibrary.TryGetExport(library, GetBenchmark, out var get))
            return false;
        var instance = ((delegate* unmanaged<nint>)context)();
        ((delegate* unmanaged<nint, byte, void>)set)(instance, 1);
        return ((delegate* unmanaged<nint, byte>)get)(instance) != 0;
    }
}
