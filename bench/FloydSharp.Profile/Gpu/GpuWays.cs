using System.Runtime.InteropServices;
using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using FloydSharp.Nn;

namespace FloydSharp.Profile.Gpu;

/// <summary>Plain or fast, as the library itself would choose.</summary>
internal static class GpuWays
{
    /// <summary>Prepares a model. Plain first: what fast moves of the weights stays where it is.</summary>
    public static void Choose(Layer model, bool fast)
    {
        model.IsPlain = !fast;
        if (fast)
            CudaKernels.Attach(model);
        else
            CudaKernels.Detach(model);
    }

    /// <summary>Lets cuDNN measure its kernels. TorchSharp does not offer the switch of libtorch's global context.</summary>
    public static unsafe void Tune()
    {
        var library = NativeLibrary.Load(NativeLibraries.Loaded!.Libtorch);
        var context = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "_ZN2at13globalContextEv"))();
        ((delegate* unmanaged<nint, byte, void>)NativeLibrary.GetExport(library, "_ZN2at7Context17setBenchmarkCuDNNEb"))(context, 1);
    }
}
