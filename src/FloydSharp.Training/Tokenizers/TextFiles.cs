using System.Text;

namespace FloydSharp.Training.Tokenizers;

/// <summary>Small files that appear complete or not at all.</summary>
internal static class TextFiles
{
    /// <summary>Writes a text as UTF-8 under a temporary name, then renames it over what was there.</summary>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")));

    /// <summary>Writes bytes under a temporary name, then renames it over what was there.</summary>
    public static void Write(string path, byte[] bytes)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }
}
