using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>Inpainting's rule: only what the mask marks is painted, everything else stays bit for bit.</summary>
internal static class MaskBlend
{
    /// <summary>Reads a mask as the reference does: from one half on a pixel is repainted.</summary>
    /// <param name="mask">(B, 1, H, W), 0 to 1. Not disposed.</param>
    /// <param name="device">Where the result goes.</param>
    /// <returns>(B, 1, H, W), bool; owned by the caller.</returns>
    public static Tensor ToBoolean(Tensor mask, Device device)
    {
        using var scope = NewDisposeScope();
        return mask.to(ScalarType.Float32, device).GreaterOrEqual(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the painted values where the mask is set and the known ones elsewhere.</summary>
    /// <param name="mask">(B, 1, H, W), bool. Not disposed.</param>
    /// <param name="painted">(B, C, H, W). Not disposed.</param>
    /// <param name="known">(B, C, H, W). Not disposed.</param>
    /// <returns>(B, C, H, W); owned by the caller.</returns>
    public static Tensor Apply(Tensor mask, Tensor painted, Tensor known) => where(mask, painted, known);
}
