using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>The options <c>--pick</c> and <c>--candidates-file</c>.</summary>
internal static class CandidatesText
{
    /// <summary>How files of candidates end.</summary>
    public const string Suffix = "_candidates.safetensors";

    /// <summary>The numbers of <c>--pick 2,5</c>.</summary>
    /// <exception cref="FloydException">The text is no such list.</exception>
    public static IReadOnlyList<int> Numbers(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(n => Input.Numbers.Whole("--pick", n, 0, int.MaxValue))];

    /// <summary>The file to pick from: the one that was named, or the newest of the folder.</summary>
    /// <exception cref="FloydException">There is none.</exception>
    public static string File(string? named, string folder)
    {
        if (named is not null)
            return named;
        var files = Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*" + Suffix) : [];
        return files.MaxBy(f => f.LastWriteTimeUtc)?.FullName
            ?? throw new FloydException($"--pick: the folder {folder} holds no candidates; make some with --candidates N, or name a file with --candidates-file.");
    }
}
