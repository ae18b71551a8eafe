namespace FloydSharp.IO.Tokenizers.BytePair;

/// <summary>
/// GPT-2's printable stand-ins for bytes: printable Latin-1 characters stand for themselves, the other 68 bytes in turn
/// for U+0100 and its followers.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_characters = Build();
    private static readonly Dictionary<char, byte> s_bytes = s_characters.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => (byte)p.i);

    public static char CharacterOf(byte value) => s_characters[value];

    public static bool TryGetByte(char character, out byte value) => s_bytes.TryGetValue(character, out value);

    private static char[] Build()
    {
        var characters = new char[256];
        var next = '\u0100';
        for (var i = 0; i < 256; i++)
            characters[i] = i is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)i : next++;
        return characters;
    }
}
