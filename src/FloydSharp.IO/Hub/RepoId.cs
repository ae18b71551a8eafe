using System.Diagnostics.CodeAnalysis;

namespace FloydSharp.IO.Hub;

/// <summary>The name of a repository on the Hub, such as <c>DeepFloyd/IF-I-XL-v1.0</c>, checked before it becomes part of an address or a folder.</summary>
public sealed record RepoId
{
    private const int MaxPart = 96;
    private const string Prefix = "models--";

    private RepoId(string text) => Text = text;

    /// <summary>The name: an owner and a name joined by a slash, or, for a few old ones, a name alone.</summary>
    public string Text { get; }

    /// <summary>Its folder in a cache, such as <c>models--DeepFloyd--IF-I-XL-v1.0</c>.</summary>
    public string FolderName => Prefix + Text.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Reads a name.</summary>
    /// <exception cref="FloydException">No repository can have this name.</exception>
    public static RepoId Parse(string text) => TryParse(text, out var id) ? id : throw new FloydException(
        $"'{PrintableText.Of(text ?? "")}' cannot be the name of a repository: expected owner/name, of letters, digits, '-', '_' and '.', such as DeepFloyd/IF-I-XL-v1.0.");

    /// <summary>Reads a name where it may be one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RepoId? id)
    {
        id = null;
        if (text is null)
            return false;
        var parts = text.Split('/');
        if (parts.Length > 2 || !parts.All(IsPart) || text.Contains("--", StringComparison.Ordinal) || text.EndsWith(".git", StringComparison.Ordinal))
            return false;
        id = new(text);
        return true;
    }

    /// <summary>The repository of a folder in a cache; null where the folder belongs to none.</summary>
    public static RepoId? OfFolder(string folderName)
    {
        ArgumentNullException.ThrowIfNull(folderName);
        return folderName.StartsWith(Prefix, StringComparison.Ordinal)
            && TryParse(folderName[Prefix.Length..].Replace("--", "/", StringComparison.Ordinal), out var id)
            && id.FolderName == folderName ? id : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool IsPart(string part) =>
        part.Length is > 0 and <= MaxPart
        && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        && part[0] is not ('-' or '.')
        && part[^1] is not ('-' or '.')
        && !part.Contains("..", StringComparison.Ordinal);
}
