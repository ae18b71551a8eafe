using FloydSharp.IO.Imaging;
using static TorchSharp.torch;

namespace FloydSharp.Cascade.Records;

/// <summary>Pictures as tensors of a file: (H, W, channels), uint8.</summary>
internal static class PixelTensor
{
    /// <summary>A picture's pixels.</summary>
    /// <returns>Owned by the caller.</returns>
    public static Tensor Of(ImageBuffer picture) => tensor(picture.Pixels, [picture.Height, picture.Width, picture.Channels], ScalarType.Byte);

    /// <summary>The picture again; null where the tensor is none. Not disposed.</summary>
    public static ImageBuffer? ToPicture(Tensor pixels) =>
        pixels.dim() == 3 && pixels.dtype == ScalarType.Byte && pixels.shape is [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue, 1 or 3 or 4]
            ? new((int)pixels.shape[1], (int)pixels.shape[0], (int)pixels.shape[2], pixels.data<byte>().ToArray())
            : null;
}
