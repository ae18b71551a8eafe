using FloydSharp.IO.Imaging;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The Gaussian blur that the original puts over unsafe pictures: 99 pixels wide, standard deviation 100.</summary>
internal static class HeavyBlur
{
    private const int Radius = 49;
    private const double Sigma = 100;

    /// <summary>Blurs.</summary>
    /// <param name="image">The picture. Left as it is.</param>
    /// <returns>RGB, same size.</returns>
    public static ImageBuffer Apply(ImageBuffer image)
    {
        using var scope = NewDisposeScope();
        var pixels = ImageTensors.FromImages([image]).permute(1, 0, 2, 3).contiguous();         // (3, 1, H, W)
        var blurred = Pass(Pass(pixels).transpose(2, 3).contiguous()).transpose(2, 3);          // (3, 1, H, W)
        return ImageTensors.ToImages(blurred.permute(1, 0, 2, 3))[0];
    }

    // Along the last side. Mirrored edges can be no wider than what they mirror.
    private static Tensor Pass(Tensor pixels)
    {
        var radius = (int)Math.Min(Radius, pixels.shape[3] - 1);
        var offsets = TensorArithmetic.Range(-radius, radius + 1, ScalarType.Float32);
        var kernel = offsets.DividedBy(Sigma).Square().Times(-0.5).exp();
        kernel = (kernel / kernel.sum()).reshape(1, 1, 1, -1);                // (1, 1, 1, 2r + 1)
        return nn.functional.conv2d(nn.functional.pad(pixels, [radius, radius, 0, 0], TorchSharp.PaddingModes.Reflect), kernel);
    }
}
