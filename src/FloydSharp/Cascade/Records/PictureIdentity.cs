using System.Buffers.Binary;
using System.Security.Cryptography;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cascade.Records;

/// <summary>Which picture went into a run: enough to recognise it, not the picture itself.</summary>
public sealed record PictureIdentity
{
    /// <summary>What it was called, such as its file's name without folders; null where nobody said.</summary>
    public string? Name { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>SHA-256 of size and pixels, 64 lower-case hexadecimal digits; the file's format does not count.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Identifies a picture.</summary>
    /// <param name="picture">Any channels. Left as it is.</param>
    /// <param name="name">What it is called, or null.</param>
    public static PictureIdentity Of(ImageBuffer picture, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        Span<byte> size = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(size, picture.Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], picture.Height);
        BinaryPrimitives.WriteInt32LittleEndian(size[8..], picture.Channels);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(size);
        hash.AppendData(picture.Pixels);
        return new() { Name = name, Width = picture.Width, Height = picture.Height, Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()) };
    }

    /// <summary>Whether a picture is this one, whatever it is called.</summary>
    public bool IsOf(ImageBuffer picture) => Of(picture).Sha256 == Sha256;
}
