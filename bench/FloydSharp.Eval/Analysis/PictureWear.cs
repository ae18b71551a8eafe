using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FloydSharp.Eval.Analysis;

/// <summary>
/// Makes rendered pictures look generated: softer, noisier, with colours that bleed and shift and outlines that wobble. About a third
/// of the pictures stay as they are. Everything is computed on the pictures' device, and nothing waits for it.
/// </summary>
/// <param name="generator">Of the pictures' device; null for the device's own. Not disposed.</param>
internal sealed class PictureWear(Generator? generator = null)
{
    /// <summary>Worn copies.</summary>
    /// <param name="pictures">(B, 3, H, W), -1 to 1. Not disposed.</param>
    /// <returns>The same shape and range; owned by the caller.</returns>
    public Tensor Of(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var worn = Wobble(pictures, amount: 0.012);
        worn = Mix(worn, Coarse(worn), share: 0.25, most: 1);
        worn = Mix(worn, Soft(worn), share: 0.35, most: 1);
        var grey = worn.mean([1], keepdim: true);                             // (B, 1, H, W)
        worn = Mix(worn, grey + Soft(Soft(worn - grey)), share: 0.3, most: 1);
        worn = Shifted(worn);
        var noise = (Noise(pictures, 1) * Strength(pictures, 0.4, 0.12)) + (Noise(pictures, 8) * Strength(pictures, 0.3, 0.12));
        var kept = rand([pictures.shape[0], 1, 1, 1], device: pictures.device, generator: generator).lt(0.35);
        return where(kept, pictures, (worn + noise).clamp(-1, 1)).MoveToOuterDisposeScope();
    }

    // A smooth field of little shifts.
    private Tensor Wobble(Tensor pictures, double amount)
    {
        var (count, side) = (pictures.shape[0], pictures.shape[2]);
        var device = pictures.device;
        var line = ((arange(side, ScalarType.Float32, device) + 0.5) * (2.0 / side)) - 1; // (H)
        var plain = stack([line.view(1, side).expand(side, side), line.view(side, 1).expand(side, side)], 2); // (H, W, 2)
        var field = functional.interpolate(randn([count, 2, 6, 6], device: device, generator: generator), size: [side, side], mode: InterpolationMode.Bilinear, align_corners: false)
            .permute(0, 2, 3, 1);                                             // (B, H, W, 2)
        var grid = plain.unsqueeze(0) + (field * (Strength(pictures, 0.5, 2 * amount)));
        return functional.grid_sample(pictures, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: false);
    }

    // As a picture of half the side looks when it is enlarged.
    private static Tensor Coarse(Tensor pictures) => functional.interpolate(
        functional.avg_pool2d(pictures, [2L, 2L], [2L, 2L]), size: [pictures.shape[2], pictures.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Tensor Soft(Tensor pictures) =>
        functional.avg_pool2d(functional.pad(pictures, [1L, 1L, 1L, 1L], PaddingModes.Replicate), [3L, 3L], [1L, 1L]);

    // Each channel brighter or darker, steeper or flatter.
    private Tensor Shifted(Tensor pictures)
    {
        var (count, device) = (pictures.shape[0], pictures.device);
        var gain = 1 + (0.06 * randn([count, 1, 1, 1], device: device, generator: generator)) + (0.03 * randn([count, 3, 1, 1], device: device, generator: generator));
        return (pictures * gain) + (0.04 * randn([count, 1, 1, 1], device: device, generator: generator)) + (0.03 * randn([count, 3, 1, 1], device: device, generator: generator));
    }

    private Tensor Noise(Tensor pictures, int grain)
    {
        var (count, side) = (pictures.shape[0], pictures.shape[2]);
        var noise = randn([count, 3, side / grain, side / grain], device: pictures.device, generator: generator);
        return grain == 1 ? noise : functional.interpolate(noise, size: [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
    }

    // 0 for most pictures, up to the most for the given share of them, (B, 1, 1, 1).
    private Tensor Strength(Tensor pictures, double share, double most)
    {
        var chance = rand([pictures.shape[0], 1, 1, 1], device: pictures.device, generator: generator);
        return ((chance - (1 - share)) / share).clamp(min: 0) * most;
    }

    private Tensor Mix(Tensor pictures, Tensor others, double share, double most) => pictures + ((others - pictures) * Strength(pictures, share, most));
}
