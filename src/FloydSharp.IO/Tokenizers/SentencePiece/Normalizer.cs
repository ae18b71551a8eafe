using System.Runtime.InteropServices;
using System.Text;

namespace FloydSharp.IO.Tokenizers.SentencePiece;

/// <summary>Brings a text into the form that pieces are looked up in: rules applied, spaces collapsed and written as U+2581.</summary>
internal static class Normalizer
{
    /// <summary>The visible stand-in for a space.</summary>
    public const char Space = '\u2581';

    private static ReadOnlySpan<byte> SpaceBytes => "\u2581"u8;

    public static string Normalize(SentencePieceModel model, ReadOnlySpan<char> text)
    {
        var input = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)].AsSpan();
        input = input[..Encoding.UTF8.GetBytes(text, input)];
        var output = new List<byte>(input.Length + 3);
        var collapse = model.RemoveExtraSpaces;
        // A text that is nothing but spaces gives nothing, not even the space before it.
        var isAfterSpace = collapse;
        var isPrefixed = !model.AddDummyPrefix;

        while (!input.IsEmpty)
        {
            var length = model.Map?.Match(input, out var replacement) ?? NoMatch(out replacement);
            if (length == 0)
            {
                length = CharacterLength(input);
                replacement = input[..length];
            }
            input = input[length..];
            while (isAfterSpace && !replacement.IsEmpty && replacement[0] == ' ')
                replacement = replacement[1..];
            if (replacement.IsEmpty)
                continue;
            if (!isPrefixed)
                output.AddRange(SpaceBytes);
            isPrefixed = true;
            foreach (var b in replacement)
            {
                if (b == ' ')
                    output.AddRange(SpaceBytes);
                else
                    output.Add(b);
            }
            isAfterSpace = collapse && replacement[^1] == ' ';
        }

        var bytes = CollectionsMarshal.AsSpan(output);
        while (collapse && bytes.EndsWith(SpaceBytes))
            bytes = bytes[..^SpaceBytes.Length];
        return Encoding.UTF8.GetString(bytes);
    }

    private static int NoMatch(out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        return 0;
    }

    private static int CharacterLength(ReadOnlySpan<byte> utf8) =>
        Rune.DecodeFromUtf8(utf8, out _, out var length) == System.Buffers.OperationStatus.Done ? length : 1;
}
