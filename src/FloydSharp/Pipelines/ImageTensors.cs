using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The one place where pixels become tensors and tensors become pixels.</summary>
public static class ImageTensors
{
    /// <summary>Pictures as a batch.</summary>
    /// <param name="images">At least one; all of one size. Grey and alpha become RGB.</param>
    /// <returns>(B, 3, H, W), float32 on the CPU, in [-1, 1]; owned by the caller.</returns>
    /// <exception cref="FloydException">No picture, or sizes that differ.</exception>
    public static Tensor FromImages(IReadOnlyList<ImageBuffer> images)
    {
        CheckSizes(images, "picture");
        var (width, height) = (images[0].Width, images[0].Height);
        using var scope = NewDisposeScope();
        List<Tensor> rows = [];
        foreach (var image in images)
        {
            var bytes = tensor(image.ToRgb().Pixels, [height, width, 3], ScalarType.Byte);
            rows.Add(bytes.to(ScalarType.Float32).DividedBy(127.5).Minus(1.0)); // (H, W, 3)
        }

        return stack(rows).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();          // (B, 3, H, W)
    }

    /// <summary>Masks as a batch.</summary>
    /// <param name="masks">At least one; all of one size. Colours become grey, alpha is dropped; white is what a mask marks.</param>
    /// <returns>(B, 1, H, W), float32 on the CPU, in [0, 1]; owned by the caller.</returns>
    /// <exception cref="FloydException">No mask, or sizes that differ.</exception>
    public static Tensor FromMasks(IReadOnlyList<ImageBuffer> masks)
    {
        CheckSizes(masks, "mask");
        using var scope = NewDisposeScope();
        var rows = masks.Select(m => tensor(m.ToGrey().Pixels, [1, m.Height, m.Width], ScalarType.Byte).to(ScalarType.Float32).DividedBy(255.0));
        return stack(rows.ToArray()).MoveToOuterDisposeScope();                                 // (B, 1, H, W)
    }

    /// <summary>A batch as pictures; values beyond [-1, 1] are clipped.</summary>
    /// <param name="images">(B, 3, H, W), any floating dtype and device, in [-1, 1]. Not disposed.</param>
    public static IReadOnlyList<ImageBuffer> ToImages(Tensor images)
    {
        using var scope = NewDisposeScope();
        var unit = images.detach().to(ScalarType.Float32).DividedBy(2).Plus(0.5).Clamp(0, 1);   // (B, 3, H, W)
        var bytes = unit.Times(255).round().to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous().cpu();
        var (height, width) = ((int)bytes.shape[1], (int)bytes.shape[2]);
        return [.. Enumerable.Range(0, (int)bytes.shape[0]).Select(i => new ImageBuffer(width, height, 3, bytes[i].data<byte>().ToArray()))];
    }

    private static void CheckSizes(IReadOnlyList<ImageBuffer> images, string what)
    {
        if (images.Count == 0)
            throw new FloydException($"There is no {what}; give at least one.");
        if (images.FirstOrDefault(i => i.Width != images[0].Width || i.Height != images[0].Height) is { } other)
            throw new FloydException($"All {what}s of one batch must have one size; got {images[0].Width}x{images[0].Height} and {other.Width}x{other.Height}.");
    }
}
