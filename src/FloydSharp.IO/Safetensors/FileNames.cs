using System.Buffers;

namespace FloydSharp.IO.Safetensors;

/// <summary>Names of weight files as the Hub's libraries give them.</summary>
internal static class FileNames
{
    public const string Extension = ".safetensors";

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("/\\:*?\"<>|");

    private static readonly string[] PickleExtensions = [".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack", ".h5"];

    /// <summary>Whether a name from a file is a name in the same folder and nothing more, on any system.</summary>
    public static bool IsPlain(string name) =>
        name.Length is > 0 and <= 255
        && name is not ("." or "..")
        && !name.AsSpan().ContainsAny(NotInNames)
        && !name.Any(char.IsControl)
        && name[^1] is not ('.' or ' ');

    public static bool IsPickle(string name) => PickleExtensions.Contains(System.IO.Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    public static string Single(string baseName, string variant) => baseName + Dotted(variant) + Extension;

    /// <summary>Index names in the order they are looked for; the first is the one to write.</summary>
    public static string[] Indexes(string baseName, string variant) => variant.Length == 0
        ? [$"{baseName}{Extension}.index.json"]
        : [$"{baseName}{Extension}.index.{variant}.json", $"{baseName}.{variant}{Extension}.index.json"];

    public static string Shard(string baseName, string variant, int number, int count) =>
        $"{baseName}{Dotted(variant)}-{number:D5}-of-{count:D5}{Extension}";

    /// <summary>The variant a file name stands for, "" for the plain one, or null where the name is no single file and no index of this base.</summary>
    public static string? VariantOf(string fileName, string baseName)
    {
        if (!fileName.StartsWith(baseName, StringComparison.Ordinal))
            return null;
        var rest = fileName.AsSpan(baseName.Length);
        const string index = Extension + ".index";
        if (rest.StartsWith(index) && rest.EndsWith(".json"))
            return Undot(rest[index.Length..^".json".Length]);
        if (rest.EndsWith(index + ".json"))
            return Undot(rest[..^(index.Length + ".json".Length)]);
        return rest.EndsWith(Extension) && !IsShard(fileName) ? Undot(rest[..^Extension.Length]) : null;
    }

    /// <summary>Whether a name carries the -00001-of-00002 of a shard, before or behind the variant.</summary>
    public static bool IsShard(string fileName)
    {
        var at = fileName.LastIndexOf("-of-", StringComparison.Ordinal);
        return at >= 6
            && fileName[at - 6] == '-'
            && IsDigits(fileName.AsSpan(at - 5, 5))
            && fileName.Length >= at + 9
            && IsDigits(fileName.AsSpan(at + 4, 5))
            && fileName.EndsWith(Extension, StringComparison.Ordinal);
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static string Dotted(string variant) => variant.Length == 0 ? "" : "." + variant;

    private static string? Undot(ReadOnlySpan<char> text) =>
        text.IsEmpty ? "" : text[0] == '.' && text.Length > 1 ? text[1..].ToString() : null;
}
