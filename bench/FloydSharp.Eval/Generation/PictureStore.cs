using FloydSharp.IO.Imaging;
using SkiaSharp;

namespace FloydSharp.Eval.Generation;

/// <summary>Pictures of a run on disk: PNG up to 256 pixels, JPEG above, where a loss of that kind is far below what is measured.</summary>
internal static class PictureStore
{
    private const int Quality = 92;

    /// <summary>Writes a picture.</summary>
    /// <returns>The file's name.</returns>
    public static string Save(string folder, string name, ImageBuffer picture)
    {
        var small = picture.Width <= 256;
        var file = $"{name}-{picture.Width}.{(small ? "png" : "jpg")}";
        WholeFile.Write(Path.Combine(folder, file), small ? ImageFile.EncodePng(picture) : Jpeg(picture), overwrite: true);
        return file;
    }

    /// <summary>Reads a picture.</summary>
    public static ImageBuffer Load(string folder, string file) => ImageFile.Load(Path.Combine(folder, Path.GetFileName(file)));

    private static byte[] Jpeg(ImageBuffer picture)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < picture.Pixels.Length; from += 3, to += 4)
        {
            picture.Pixels.AsSpan(from, 3).CopyTo(pixels[to..]);
            pixels[to + 3] = 255;
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
