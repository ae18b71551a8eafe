using FloydSharp.Kernels.Cuda;
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
}
