using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>The small picture that stage II enlarges (cascaded diffusion with noise augmentation, arXiv:2106.15282).</summary>
/// <param name="Picture">(B, 3, h, w), any floating dtype and device, in [-1, 1]. Not owned.</param>
/// <param name="NoiseLevel">Noise added to it, as a timestep from 0 to 999.</param>
/// <param name="NoisingScheduler">Noises it. Not owned.</param>
internal sealed record SmallPicture(Tensor Picture, int NoiseLevel, IScheduler NoisingScheduler)
{
    /// <summary>What stands beside the sample: the picture at the result's size, noised.</summary>
    /// <param name="shape">(rows, 3, H, W) of the result.</param>
    /// <param name="noise">Draws the noise.</param>
    /// <param name="device">Where it goes.</param>
    /// <returns>(rows, 3, H, W), float32; owned by the caller.</returns>
    public Tensor ToCondition(long[] shape, INoiseSource noise, Device device)
    {
        using var scope = NewDisposeScope();
        var small = BatchShape.Repeat(Picture.to(ScalarType.Float32, device), (int)shape[0], "small pictures");     // (rows, 3, h, w)
        var large = nn.functional.interpolate(small, [shape[2], shape[3]], mode: InterpolationMode.Bilinear, align_corners: true);
        return NoisingScheduler.AddNoise(large, noise.Draw(shape, ScalarType.Float32, device), [NoiseLevel]).MoveToOuterDisposeScope();
    }
}
