using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>Feature maps pixel by pixel, all channels of one together: what libtorch calls channels last.</summary>
internal static class PixelOrder
{
    /// <summary>A feature map as rows; nothing is copied where it lies in this order already.</summary>
    /// <param name="x">(B, C, H, W) or (B, C, S). Not disposed.</param>
    /// <returns>(B, H, W, C) or (B, S, C), dense; owned by the caller.</returns>
    public static Tensor Rows(Tensor x)
    {
        using var rows = x.dim() == 4 ? x.permute(0, 2, 3, 1) : x.permute(0, 2, 1);
        return rows.contiguous();
    }

    /// <summary>The other way round, a view.</summary>
    /// <param name="rows">(B, H, W, C) or (B, S, C). Not disposed.</param>
    /// <returns>(B, C, H, W) or (B, C, S); owned by the caller.</returns>
    public static Tensor Features(Tensor rows) => rows.dim() == 4 ? rows.permute(0, 3, 1, 2) : rows.permute(0, 2, 1);
}
