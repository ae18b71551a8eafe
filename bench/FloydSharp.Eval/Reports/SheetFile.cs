using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Reports;

/// <summary>Sheets of pictures as PNG files of limited size.</summary>
internal static class SheetFile
{
    private const int MostBytes = 600_000;

    /// <summary>A sheet, its pictures as large as the limit allows.</summary>
    /// <param name="pictures">Square, of any sizes.</param>
    /// <param name="captions">One per picture.</param>
    public static byte[] Encode(IReadOnlyList<ImageBuffer> pictures, IReadOnlyList<string> captions)
    {
        for (var side = 176; ; side -= 16)
        {
            ImageBuffer[] small = [.. pictures.Select(p => Coarser(Resampler.Resize(p, side, side, ResampleFilter.Bicubic)))];
            var png = ImageFile.EncodePng(SceneSheet.Compose(small, captions, columns: 8));
            if (png.Length <= MostBytes || side <= 80)
                return png;
        }
    }

    // 6 bits per channel: the eye hardly sees it, and the file is half as large.
    private static ImageBuffer Coarser(ImageBuffer picture)
    {
        foreach (ref var value in picture.Pixels.AsSpan())
            value = (byte)Math.Min(255, (value + 2) & ~3);
        return picture;
    }
}
