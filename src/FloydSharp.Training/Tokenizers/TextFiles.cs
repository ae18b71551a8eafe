using System.Text;
using FloydSharp.IO;

namespace FloydSharp.Training.Tokenizers;

/// <summary>Small files that replace what was there, complete or not at all.</summary>
internal static class TextFiles
{
    /// <summary>Writes a text as UTF-8 with line feeds.</summary>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")));

    /// <summary>Writes bytes.</summary>
    public static void Write(string path, byte[] bytes) => AtomicFile.Write(path, bytes, overwrite: true);
}
