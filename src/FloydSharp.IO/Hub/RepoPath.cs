using FloydSharp.IO.Safetensors;

namespace FloydSharp.IO.Hub;

/// <summary>Names of files and revisions of a repository: whether they can be taken, and how they are written in addresses.</summary>
internal static class RepoPath
{
    private const int MaxLength = 1024;

    /// <summary>Whether a name of a server is one of a file below a folder on every system: no roots, no drives, no way up, nothing unprintable.</summary>
    public static bool IsSafe(string path) => path.Length is > 0 and <= MaxLength && path.Split('/').All(FileNames.IsPlain);

    /// <summary>Whether a name tries to leave its folder, under any system's rules, or to hide in a terminal.</summary>
    public static bool IsHostile(string path) =>
        path.Contains('\\', StringComparison.Ordinal)
        || path.Any(char.IsControl)
        || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]))
        || path.Split('/').Any(segment => segment is "" or "." or "..");

    /// <summary>The path in an address, with its slashes.</summary>
    public static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Whether a revision is a whole commit.</summary>
    public static bool IsCommit(string revision) => IsHex(revision, 40);

    /// <summary>Whether a text is a hash of so many hexadecimal digits, written as Git does.</summary>
    public static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Fails unless a revision can be one, and become a file's name below <c>refs</c>.</summary>
    /// <exception cref="FloydException">It cannot.</exception>
    public static void CheckRevision(string revision)
    {
        if (!IsSafe(revision))
            throw new FloydException($"'{PrintableText.Of(revision)}' cannot be a revision: give a branch, a tag, or a commit of 40 hexadecimal digits.");
    }
}
