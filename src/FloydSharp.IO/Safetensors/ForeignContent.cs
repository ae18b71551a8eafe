using System.Text;

namespace FloydSharp.IO.Safetensors;

/// <summary>Recognises from its first bytes what lies under the name of a safetensors file but is something else.</summary>
internal static class ForeignContent
{
    /// <summary>Bytes worth looking at.</summary>
    public const int PeekLength = 64;

    /// <summary>What the content is and what to do, or null where nothing is recognised.</summary>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("version https://git-lfs"u8))
            return "this is a git-lfs pointer, a note about the file and not the file; fetch the content with 'git lfs pull' or download the file itself.";
        if (start.StartsWith("PK\x03\x04"u8))
            return $"this is a zip archive, most likely a PyTorch .bin file under another name; {PickleAdvice}";
        if (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
            return $"this is a Python pickle, most likely an old PyTorch file under another name; {PickleAdvice}";
        if (start.StartsWith("GGUF"u8))
            return "this is a GGUF file; get the model's safetensors files.";
        return DescribeText(start);
    }

    /// <summary>Why pickle files are refused and how to convert them.</summary>
    public const string PickleAdvice =
        "pickle files can run any code when they are opened, so they are refused: convert with the 'safetensors/convert' space on the Hub, " +
        "or in Python with save_pretrained(folder, safe_serialization=True).";

    private static string? DescribeText(ReadOnlySpan<byte> start)
    {
        var text = start.StartsWith(Encoding.UTF8.Preamble) ? start[3..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
            return "this is an HTML or XML page saved as weights, most likely an error page of the server; download the file again and check the address and the access token.";
        if (text.StartsWith("{"u8) || text.StartsWith("["u8))
            return "this is a JSON text saved as weights, most likely an error message of the server; open it to read the message, then download the file again.";
        return null;
    }
}
