using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>What a stage made. Owns the tensor.</summary>
/// <param name="Stage">1 to 3.</param>
/// <param name="Images">
/// (B, 3, H, W), float32 on the CPU, around [-1, 1], neither checked nor watermarked; (B, 3, 0, 0) where a large picture was enlarged
/// in tiles, which are put together as pixels.
/// </param>
/// <param name="Pictures">B pictures, checked and watermarked; the last stage's in the geometry of the picture that was given, if any.</param>
public sealed record StageResult(int Stage, Tensor Images, IReadOnlyList<CascadePicture> Pictures) : IDisposable
{
    /// <summary>Frees the tensor; the pictures stay.</summary>
    public void Dispose() => Images.Dispose();
}
