using System.Buffers.Binary;

namespace FloydSharp.IO.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's precompiled normalization rules: a double array trie (darts-clone) over UTF-8 that leads to replacement
/// texts. Layout: length of the trie in bytes, its 32-bit units, replacements that each end in NUL.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <exception cref="InvalidDataException">The bytes are no such rules.</exception>
    public CharacterMap(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            throw new InvalidDataException("its normalization rules are cut short");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length % 4 != 0 || length == 0 || length > bytes.Length - 4)
            throw new InvalidDataException("its normalization rules have a wrong length");
        _units = new uint[length / 4];
        for (var i = 0; i < _units.Length; i++)
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        _replacements = bytes[(4 + (int)length)..].ToArray();
    }

    /// <summary>Length of the longest rule that the text begins with, and its replacement; 0 where there is none.</summary>
    public int Match(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        var matched = 0;
        uint target = 0;
        var node = Offset(_units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            // Positions come from the file: whatever does not lie inside ends the search.
            if (node >= _units.Length || (_units[node] & 0x800000FF) != text[i])
                break;
            var unit = _units[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) != 0 && node < _units.Length)
            {
                matched = i + 1;
                target = _units[node] & 0x7FFFFFFF;
            }
        }

        replacement = default;
        if (matched > 0 && target < _replacements.Length)
        {
            var rest = _replacements.AsSpan((int)target);
            replacement = rest.IndexOf((byte)0) is >= 0 and var end ? rest[..end] : rest;
        }
        return matched;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}
