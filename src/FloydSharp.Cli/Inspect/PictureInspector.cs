using System.Buffers.Binary;
using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cli.Inspect;

/// <summary>Looks at PNG files. Reads no pixels, needs no libtorch.</summary>
internal static class PictureInspector
{
    // Signature, then the IHDR chunk: length, type, width, height.
    private const int HeaderBytes = 24;

    /// <summary>Whether a file begins as a PNG does.</summary>
    public static bool IsPng(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[8];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
    }

    /// <summary>Looks at a PNG.</summary>
    /// <exception cref="FloydException">It is damaged.</exception>
    public static PictureFacts Picture(string path)
    {
        var texts = PngMetadata.Read(path);
        var (width, height) = Size(path);
        return new(path, width, height, PictureInfo.Read(path), texts.Where(t => t.Key != PictureInfo.Keyword).ToDictionary());
    }

    private static (int Width, int Height) Size(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header[12..16].SequenceEqual("IHDR"u8))
            throw new FloydException($"{path} does not begin with an IHDR chunk, so it is no PNG; use an undamaged copy of the file.");
        return (BinaryPrimitives.ReadInt32BigEndian(header[16..]), BinaryPrimitives.ReadInt32BigEndian(header[20..]));
    }
}
