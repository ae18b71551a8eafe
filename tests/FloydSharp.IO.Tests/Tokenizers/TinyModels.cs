using System.Buffers.Binary;
using System.Text.Json;
using System.Text;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;

namespace FloydSharp.IO.Tests.Tokenizers;

/// <summary>Miniature tokenizer files made by hand, so that the tokenizers run without the real ones.</summary>
internal static class TinyModels
{
    /// <summary>Pieces, score and kind (1 normal, 2 unknown, 3 control) of the miniature SentencePiece model, in the order of their ids.</summary>
    public static readonly (string Text, float Score, int Kind)[] Pieces =
    [
        ("<pad>", 0, 3), ("</s>", 0, 3), ("<unk>", 0, 2), ("\u2581", -2, 1), ("a", -3, 1), ("b", -3, 1), ("c", -3, 1),
        ("\u2581a", -2.5f, 1), ("ab", -4, 1), ("\u2581abc", -5, 1), ("\u2581cat", -3, 1), ("t", -3, 1), ("bc", -3.5f, 1),
    ];

    public static byte[] SentencePiece(
        (string Text, float Score, int Kind)[]? pieces = null, byte[]? characterMap = null, int modelType = 1, bool collapse = true)
    {
        var model = new List<byte>();
        foreach (var (text, score, kind) in pieces ?? Pieces)
            Message(model, 1, [.. Bytes(1, Encoding.UTF8.GetBytes(text)), (2 << 3) | 5, .. BitConverter.GetBytes(score), 3 << 3, (byte)kind]);
        Message(model, 2, [3 << 3, (byte)modelType]);
        Message(model, 3, [.. characterMap is null ? [] : Bytes(2, characterMap), 4 << 3, collapse ? (byte)1 : (byte)0]);
        return [.. model];
    }

    /// <summary>Normalization rules with one entry, a single byte to a text: a double array trie of 512 units.</summary>
    public static byte[] CharacterMap(byte from, string to)
    {
        var units = new uint[512];
        units[0] = 256u << 10;                                   // the root's children lie at 256 ^ label
        units[256 ^ from] = ((uint)(256 ^ from ^ 300) << 10) | 0x100 | from; // a child that is an end; its value lies at 300
        units[300] = 0x80000000;                                 // the replacement starts at 0
        var bytes = new byte[4 + (units.Length * 4)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)units.Length * 4);
        for (var i = 0; i < units.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 + (4 * i)), units[i]);
        return [.. bytes, .. Encoding.UTF8.GetBytes(to), 0];
    }

    public static T5Tokenizer T5(int maxLength = 77)
    {
        using var folder = new TemporaryFolder().Add("spiece.model", SentencePiece());
        return T5Tokenizer.Load(folder.Path, maxLength);
    }

    /// <summary>All 256 bytes alone and at a word's end, four longer tokens, and the special ones.</summary>
    public static string ClipVocabulary()
    {
        var bytes = Enumerable.Range('!', 94).Concat(Enumerable.Range(0xA1, 12)).Concat(Enumerable.Range(0xAE, 82)).Concat(Enumerable.Range(0x100, 68))
            .Select(c => ((char)c).ToString()).ToList();
        string[] tokens = [.. bytes, .. bytes.Select(b => b + "</w>"), "ca", "cat</w>", "at</w>", "aa", "<|startoftext|>", "<|endoftext|>"];
        return JsonSerializer.Serialize(tokens.Select((t, i) => (t, i)).ToDictionary(p => p.t, p => p.i));
    }

    public const string ClipMerges = "#version: 0.2\nc a\na t</w>\nca t</w>\na a\n";

    public static ClipTokenizer Clip(string? map = null)
    {
        using var folder = new TemporaryFolder().Add("vocab.json", ClipVocabulary()).Add("merges.txt", ClipMerges);
        if (map is not null)
            folder.Add("special_tokens_map.json", map);
        return ClipTokenizer.Load(folder.Path);
    }

    private static byte[] Bytes(int field, byte[] content) => [(byte)((field << 3) | 2), .. Varint(content.Length), .. content];

    private static void Message(List<byte> output, int field, byte[] content) => output.AddRange(Bytes(field, content));

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
