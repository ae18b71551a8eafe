using System.IO.Compression;
using System.Text;
using CsCheck;
using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class PngMetadataTests
{
    private static readonly ImageBuffer Pixel = new(1, 1, 3);

    private static Dictionary<string, string> Read(byte[] file) => PngMetadata.Read(new MemoryStream(file), "x.png");

    private static byte[] FileWith(string type, params byte[] data) =>
        TestImages.Png(1, 1, 8, 2, [new byte[3]], (type, data));

    [Fact]
    public void Read_WrittenTexts_ComeBack()
    {
        var text = new Dictionary<string, string>
        {
            ["prompt"] = "a photo of a café, 3½ m wide",
            ["negative prompt"] = string.Empty,
            ["unicode"] = "一只猫 🐱 and\ttabs\r\n",
            ["Überschrift"] = "lines\nof\ntext",
        };
        var file = ImageFile.EncodePng(Pixel, text);
        Assert.Equal(text.OrderBy(t => t.Key), Read(file).OrderBy(t => t.Key));
        Assert.True(ImageFile.Decode(file).ContentEquals(Pixel));
    }

    [Fact]
    public void Read_AnyUnicode_ComesBack() =>
        Gen.String.Where(s => !s.Contains('\0', StringComparison.Ordinal) && s.EnumerateRunes().All(r => r != Rune.ReplacementChar)).Sample(
            value => Read(ImageFile.EncodePng(Pixel, new Dictionary<string, string> { ["k"] = value }))["k"] == value,
            iter: 300,
            threads: 2);

    [Fact]
    public void Read_LatinText_IsStoredAsPlainChunk()
    {
        var file = ImageFile.EncodePng(Pixel, new Dictionary<string, string> { ["k"] = "é" });
        Assert.True(file.AsSpan().IndexOf((ReadOnlySpan<byte>)[.. "tEXtk\0"u8, 0xE9]) > 0);
    }

    [Fact]
    public void Read_CompressedChunks_AreUnpacked()
    {
        var packed = Zlib("hello"u8.ToArray());
        Assert.Equal("hello", Read(FileWith("zTXt", [.. "k\0\0"u8, .. packed]))["k"]);
        Assert.Equal("hello", Read(FileWith("iTXt", [.. "k\0\u0001\0en\0ключ\0"u8, .. packed]))["k"]);
    }

    [Fact]
    public void Read_TextAfterPixels_IsFound()
    {
        var file = FileWith("tEXt", [.. "a\0one"u8]);
        byte[] withTail = [.. file[..^12], .. TestImages.PngOfChunks(("tEXt", [.. "a\0two"u8]), ("IEND", []))[8..]];
        Assert.Equal("two", Read(withTail)["a"]);
    }

    [Fact]
    public void Read_StreamThatCannotSeek_Works()
    {
        var image = TestImages.Noise(90, 90, 3); // a body longer than one block
        using var stream = new BufferedStream(new DeflateStream(new MemoryStream(Deflate(ImageFile.EncodePng(image, new Dictionary<string, string> { ["k"] = "v" }))), CompressionMode.Decompress));
        Assert.False(stream.CanSeek);
        Assert.Equal("v", PngMetadata.Read(stream)["k"]);
    }

    [Fact]
    public void Read_Bomb_IsStoppedAtLimit()
    {
        var bomb = Zlib(new byte[PngMetadata.MaxTextBytes + 1]);
        Assert.True(bomb.Length < 100_000);
        var error = Assert.Throws<FloydException>(() => Read(FileWith("zTXt", [.. "k\0\0"u8, .. bomb])));
        Assert.Contains("unpacks to more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyLargeTexts_AreStoppedAtTotal()
    {
        byte[] text = [.. "k\0\0"u8, .. Zlib([.. Enumerable.Repeat((byte)'a', PngMetadata.MaxTextBytes)])];
        var error = Assert.Throws<FloydException>(() => Read(TestImages.PngOfChunks(("zTXt", text), ("zTXt", text), ("zTXt", text), ("zTXt", text), ("zTXt", text), ("IEND", []))));
        Assert.Contains("texts are larger", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tEXt", "no end")]
    [InlineData("tEXt", "\0empty name")]
    [InlineData("tEXt", " space\0x")]
    [InlineData("zTXt", "k\0")]
    [InlineData("zTXt", "k\0\u0001abc")]
    [InlineData("zTXt", "k\0\0this is not zlib")]
    [InlineData("iTXt", "k\0\u0002\0\0\0x")]
    [InlineData("iTXt", "k\0\0\0no end")]
    [InlineData("iTXt", "k\0\0")]
    [InlineData("iTXt", "k\0\0\0\0\0\u00FF\u00FE")]
    public void Read_MalformedChunk_Throws(string type, string data) =>
        Assert.Contains("bad PNG text chunk", Assert.Throws<FloydException>(() => Read(FileWith(type, Encoding.Latin1.GetBytes(data)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_WrongChecksum_Throws()
    {
        var file = FileWith("tEXt", [.. "k\0value"u8]);
        file[file.AsSpan().IndexOf("value"u8)]++;
        Assert.Contains("checksum", Assert.Throws<FloydException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ImpossibleLength_ThrowsWithoutTakingMemory()
    {
        var file = FileWith("tEXt", [.. "k\0value"u8]);
        var length = file.AsSpan().IndexOf("tEXt"u8) - 4;
        (file[length], file[length + 1]) = (0x7F, 0xFF);
        Assert.Throws<FloydException>(() => Read(file));
        file[length] = 0xFF;
        Assert.Throws<FloydException>(() => Read(file));
    }

    [Fact]
    public void Read_CutAnywhere_Throws()
    {
        var file = ImageFile.EncodePng(Pixel, new Dictionary<string, string> { ["k"] = "value", ["u"] = "値" });
        for (var length = 0; length < file.Length - 4; length++)
            Assert.Throws<FloydException>(() => Read(file[..length]));
    }

    [Fact]
    public void Read_FlippedBytes_ThrowsOnlyFloydException()
    {
        var file = ImageFile.EncodePng(Pixel, new Dictionary<string, string> { ["k"] = "value", ["u"] = "値" });
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte, Gen.Int[0, file.Length - 1], Gen.Byte).Sample(
            (first, one, second, other) =>
            {
                var bad = (byte[])file.Clone();
                bad[first] = one;
                bad[second] = other;
                try
                {
                    return Read(bad).Count <= 2;
                }
                catch (FloydException e)
                {
                    return e.Message.Contains("x.png", StringComparison.Ordinal);
                }
            },
            iter: 2000,
            threads: 2);
    }

    [Fact]
    public void Read_Jpeg_SaysOnlyPng() =>
        Assert.Contains("not a PNG", Assert.Throws<FloydException>(() => Read(TestImages.Jpeg(Pixel))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_MissingFile_SaysWhich() =>
        Assert.Contains("no/such.png", Assert.Throws<FloydException>(() => PngMetadata.Read("no/such.png")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "x")]
    [InlineData(" k", "x")]
    [InlineData("k\n", "x")]
    [InlineData("ключ", "x")]
    [InlineData("a  b", "x")]
    [InlineData("k", "a\0b")]
    public void EncodePng_TextThatCannotBeStored_Throws(string key, string value) =>
        Assert.Throws<FloydException>(() => ImageFile.EncodePng(Pixel, new Dictionary<string, string> { [key] = value }));

    [Fact]
    public void EncodePng_HalfSurrogate_Throws() // no theory data: the runner replaces it
    {
        var error = Assert.Throws<FloydException>(() => ImageFile.EncodePng(Pixel, new Dictionary<string, string> { ["k"] = "\uD800 alone" }));
        Assert.Contains("surrogate", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Zlib(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(data);
        return packed.ToArray();
    }

    private static byte[] Deflate(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(data);
        return packed.ToArray();
    }
}
