using System.IO.Compression;
using System.Text;

namespace FloydSharp.IO.Imaging;

/// <summary>The bodies of PNG text chunks (PNG specification, section 11.3.3): tEXt, zTXt and iTXt.</summary>
internal static class PngTextChunk
{
    private const int LongestKey = 79;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes one entry: as tEXt where Latin-1 is enough, else as uncompressed iTXt.</summary>
    /// <exception cref="FloydException">The key or the value cannot be stored.</exception>
    public static (byte[] Type, byte[] Data) Encode(string key, string value)
    {
        if (!IsValidKey(key))
            throw new FloydException($"'{Printable(key)}' cannot name a PNG text: use 1 to {LongestKey} printable Latin-1 characters without spaces at the ends or in pairs.");
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new FloydException($"The PNG text '{key}' contains a NUL character, which PNG cannot store; remove it.");

        var name = Encoding.Latin1.GetBytes(key);
        if (value.All(c => c == '\n' || IsPrintableLatin1(c)))
            return ("tEXt"u8.ToArray(), [.. name, 0, .. Encoding.Latin1.GetBytes(value)]);
        try
        {
            // After the name: not compressed, method 0, no language, no translated name.
            return ("iTXt"u8.ToArray(), [.. name, 0, 0, 0, 0, 0, .. StrictUtf8.GetBytes(value)]);
        }
        catch (EncoderFallbackException e)
        {
            throw new FloydException($"The PNG text '{key}' contains half of a surrogate pair, which is no character; remove it.", e);
        }
    }

    /// <summary>Decodes one chunk.</summary>
    /// <param name="type">The four letters of the chunk's type.</param>
    /// <param name="data">The chunk's body.</param>
    /// <param name="limit">Most bytes a compressed text may unpack to.</param>
    /// <exception cref="InvalidDataException">The chunk is malformed; the message says how.</exception>
    public static (string Key, string Value) Decode(string type, ReadOnlySpan<byte> data, int limit)
    {
        var key = Encoding.Latin1.GetString(TakeUntilNul(ref data, "name"));
        if (!IsValidKey(key))
            throw new InvalidDataException("its name is empty, too long or unprintable");
        if (type == "tEXt")
            return (key, Encoding.Latin1.GetString(data));
        if (type == "zTXt")
            return (key, Encoding.Latin1.GetString(Inflate(Take(ref data, 1)[0], data, limit)));

        var header = Take(ref data, 2);
        var (isCompressed, method) = (header[0], header[1]);
        TakeUntilNul(ref data, "language");
        TakeUntilNul(ref data, "translated name");
        if (isCompressed > 1)
            throw new InvalidDataException($"its compression flag is {isCompressed}");
        var text = isCompressed == 1 ? Inflate(method, data, limit) : data;
        try
        {
            return (key, StrictUtf8.GetString(text));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("its text is not UTF-8", e);
        }
    }

    private static ReadOnlySpan<byte> Inflate(byte method, ReadOnlySpan<byte> data, int limit)
    {
        if (method != 0)
            throw new InvalidDataException($"its compression method is {method}");
        using var packed = new MemoryStream(data.ToArray());
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        using var text = new MemoryStream();
        var block = new byte[8192];
        for (int read; (read = zlib.Read(block)) > 0;)
        {
            if (text.Length + read > limit)
                throw new InvalidDataException($"its text unpacks to more than {limit} bytes");
            text.Write(block, 0, read);
        }

        return text.ToArray();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> data, int count)
    {
        if (data.Length < count)
            throw new InvalidDataException("it is cut short");
        var taken = data[..count];
        data = data[count..];
        return taken;
    }

    private static ReadOnlySpan<byte> TakeUntilNul(ref ReadOnlySpan<byte> data, string what)
    {
        var end = data.IndexOf((byte)0);
        if (end < 0)
            throw new InvalidDataException($"its {what} does not end");
        var taken = data[..end];
        data = data[(end + 1)..];
        return taken;
    }

    private static bool IsValidKey(string key) =>
        key.Length is >= 1 and <= LongestKey && key.All(IsPrintableLatin1)
        && key[0] != ' ' && key[^1] != ' ' && !key.Contains("  ", StringComparison.Ordinal);

    private static bool IsPrintableLatin1(char c) => c is (>= ' ' and <= '~') or (>= '\u00A1' and <= '\u00FF');

    private static string Printable(string key) => new([.. key.Take(LongestKey + 1).Select(c => IsPrintableLatin1(c) ? c : '?')]);
}
