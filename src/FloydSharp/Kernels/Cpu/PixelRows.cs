using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Feature maps as the kernels read them: pixel by pixel, all channels of one together.</summary>
internal static unsafe class PixelRows
{
    /// <summary>A feature map as rows; nothing is copied where it lies in this order already.</summary>
    /// <param name="x">(B, C, H, W) or (B, C, S). Not disposed.</param>
    /// <returns>(B, H, W, C) or (B, S, C), dense; owned by the caller.</returns>
    public static Tensor Of(Tensor x)
    {
        using var rows = x.dim() == 4 ? x.permute(0, 2, 3, 1) : x.permute(0, 2, 1);
        return rows.contiguous();
    }

    /// <summary>The other way round, a view.</summary>
    /// <param name="rows">(B, H, W, C) or (B, S, C). Disposed.</param>
    /// <returns>(B, C, H, W) or (B, C, S); owned by the caller.</returns>
    public static Tensor ToFeatures(Tensor rows)
    {
        using (rows)
            return rows.dim() == 4 ? rows.permute(0, 3, 1, 2) : rows.permute(0, 2, 1);
    }

    /// <summary>The first number.</summary>
    public static float* Pointer(Tensor x) => (float*)TensorMemory.Pointer(x);

    /// <summary>Whether a tensor is one that the kernels serve: float32 on the CPU, and no gradient is asked for.</summary>
    public static bool Serves(Tensor x) =>
        x.device_type == TorchSharp.DeviceType.CPU && x.dtype == ScalarType.Float32 && !(x.requires_grad && is_grad_enabled());
}
