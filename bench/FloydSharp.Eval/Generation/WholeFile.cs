namespace FloydSharp.Eval.Generation;

/// <summary>Files that appear complete or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes text.</summary>
    public static void Write(string path, string content, bool overwrite) => Write(path, System.Text.Encoding.UTF8.GetBytes(content), overwrite);

    /// <summary>Writes bytes to a temporary name beside the file and renames it.</summary>
    public static void Write(string path, byte[] content, bool overwrite)
    {
        var temporary = path + ".part";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, path, overwrite);
    }
}
