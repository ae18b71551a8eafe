using FloydSharp.Native;
using FloydSharp.Nn;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Prepares text encoders for inference on a CPU in bfloat16.</summary>
internal static class TextKernels
{
    private static readonly TextLinear _linear = new();
    private static readonly TextAttentionBlocks _attention = new();
    private static readonly BFloat16Rows _rows = new();

    /// <summary>Prepares a model, where the processor and libtorch can; layers that are not served run the plain way.</summary>
    /// <param name="model">The model, filled or not. Not disposed.</param>
    /// <returns>Whether they can.</returns>
    public static bool Attach(Layer model)
    {
        if (CpuPaths.Default != CpuPath.Vector512 || !TileProduct.IsSupported)
            return false;
        foreach (var layer in model.SelfAndBelow())
        {
            if (layer is Linear { TakesFewRows: true } map)
                map.Kernel = _linear;
            if (layer is IUsesBiasedAttention attends)
                attends.BiasedAttention = _attention;
            if (layer is IUsesRowKernels rows)
                rows.RowKernels = _rows;
        }

        return true;
    }
}
