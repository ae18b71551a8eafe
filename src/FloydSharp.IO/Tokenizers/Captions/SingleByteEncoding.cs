using System.Text;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>
/// A single-byte encoding that text may wrongly have been read with. The loose ones (Windows) give each byte
/// without a character the code point of the same number, and byte 1A stands for U+FFFD, a character lost.
/// </summary>
internal sealed class SingleByteEncoding
{
    private readonly char[] _characters = new char[256];
    private readonly Dictionary<char, byte> _bytes = [];

    private SingleByteEncoding(int codePage, bool loose)
    {
        IsLoose = loose;
        var encoding = codePage == 28591 ? Encoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(codePage)!;
        for (var i = 0; i < 256; i++)
        {
            var c = i < 128 ? (char)i : encoding.GetString([(byte)i])[0];
            // .NET puts unassigned bytes of the Windows tables into the private use area, and its Mac OS Roman
            // has the ohm sign where the table of today has the Greek letter.
            if (c is >= '\uF8F9' and <= '\uF8FD')
                c = (char)i;
            if (codePage == 10000 && c == '\u2126')
                c = '\u03A9';
            if (loose && i == 0x1A)
                c = '\uFFFD';
            _characters[i] = c;
            _bytes[c] = (byte)i;
        }
    }

    public static SingleByteEncoding Latin1 { get; } = new(28591, loose: false);

    public static SingleByteEncoding Windows1252 { get; } = new(1252, loose: true);

    public static SingleByteEncoding MacRoman { get; } = new(10000, loose: false);

    /// <summary>In the order they are tried: the likeliest first.</summary>
    public static IReadOnlyList<SingleByteEncoding> All { get; } =
    [
        Latin1, Windows1252, new(1251, true), new(1250, true), new(1253, true), new(1254, true), new(1257, true),
        new(28592, false), MacRoman, new(437, false),
    ];

    public bool IsLoose { get; }

    /// <summary>The bytes that read as this text, one a character, or null where a character has none.</summary>
    public string? Encode(string text)
    {
        var bytes = new char[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (!_bytes.TryGetValue(text[i], out var value))
                return null;
            bytes[i] = (char)value;
        }
        return new string(bytes);
    }

    public char Decode(byte value) => _characters[value];
}
