using System.Globalization;
using System.Text.RegularExpressions;

namespace FloydSharp.IO.Hub;

/// <summary>Where the Hub and its cache are, and how they are used. The environment variables are those of the Python client.</summary>
public sealed partial record HubSettings
{
    private const double MaxSeconds = 3600;

    /// <summary>The Hub's address without a slash at its end; a mirror's serves as well (<c>HF_ENDPOINT</c>).</summary>
    public string Endpoint { get; init; } = "https://huggingface.co";

    /// <summary>The folder of the cache (<c>HF_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>).</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The token sent to Hub hosts, and to no other; null for none (<c>HF_TOKEN</c>, else the file at <c>HF_TOKEN_PATH</c>).</summary>
    public string? Token { get; init; }

    /// <summary>Whether no request is made at all (<c>HF_HUB_OFFLINE</c>, <c>TRANSFORMERS_OFFLINE</c>).</summary>
    public bool Offline { get; init; }

    /// <summary>How long an answer may take to begin (<c>HF_HUB_ETAG_TIMEOUT</c>; default 10 seconds).</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a download may stand still (<c>HF_HUB_DOWNLOAD_TIMEOUT</c>; default 10 seconds).</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether snapshots link to blobs where the file system can (<c>HF_HUB_DISABLE_SYMLINKS</c> says no).</summary>
    public bool Symlinks { get; init; } = true;

    /// <summary>How many files are downloaded at the same time; default 4.</summary>
    public int ParallelFiles { get; init; } = 4;

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gives the value of a variable; null for those of this process.</param>
    /// <exception cref="FloydException">A variable has a value that cannot be used.</exception>
    public static HubSettings FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        string? Value(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
        string? Folder(string name) => Value(name) is { } value ? Expand(value, variable) : null;

        var home = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(UserHome(variable), ".cache"), "huggingface");
        var settings = new HubSettings
        {
            CacheFolder = Path.GetFullPath(Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Offline = IsTrue(Value("HF_HUB_OFFLINE")) || IsTrue(Value("TRANSFORMERS_OFFLINE")),
            Symlinks = !IsTrue(Value("HF_HUB_DISABLE_SYMLINKS")),
            AnswerTimeout = Seconds("HF_HUB_ETAG_TIMEOUT", Value("HF_HUB_ETAG_TIMEOUT")),
            ReadTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT", Value("HF_HUB_DOWNLOAD_TIMEOUT")),
        };
        if (Value("HF_ENDPOINT") is { } endpoint)
            settings = settings with { Endpoint = CheckEndpoint(endpoint) };
        if (IsTrue(Value("HF_HUB_DISABLE_IMPLICIT_TOKEN")))
            return settings;
        var token = Clean(Value("HF_TOKEN"), "HF_TOKEN") ?? Clean(Value("HUGGING_FACE_HUB_TOKEN"), "HUGGING_FACE_HUB_TOKEN")
            ?? TokenFile(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token"));
        return settings with { Token = token };
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">One cannot be used.</exception>
    public void Validate()
    {
        CheckEndpoint(Endpoint);
        _ = Clean(Token, "the settings");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AnswerTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ReadTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ParallelFiles, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ParallelFiles, 64);
    }

    /// <summary>Where the Hub and the cache are; never the token.</summary>
    public override string ToString() => $"{Endpoint}, {CacheFolder}{(Token is null ? "" : ", with a token")}{(Offline ? ", offline" : "")}";

    private static string CheckEndpoint(string text)
    {
        var endpoint = text.TrimEnd('/');
        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri is { Query: "", Fragment: "", UserInfo: "" }
            ? endpoint
            : throw new FloydException($"HF_ENDPOINT is '{PrintableText.Of(text)}'; expected the address of a Hub, such as https://huggingface.co.");
    }

    private static string? TokenFile(string path)
    {
        try
        {
            return File.Exists(path) ? Clean(File.ReadAllText(path), path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubError.BadToken, $"The token file {path} cannot be read ({e.Message.TrimEnd('.')}); check its permissions, or set HF_TOKEN.", e);
        }
    }

    // A token goes into a header: one with other characters would be another header.
    private static string? Clean(string? token, string source)
    {
        token = token?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();
        if (string.IsNullOrEmpty(token))
            return null;
        return token.Length <= 4096 && token.All(c => c is > ' ' and <= '~')
            ? token
            : throw new HubException(HubError.BadToken, $"The token from {source} has characters that no token has; copy it again from https://huggingface.co/settings/tokens.");
    }

    private static TimeSpan Seconds(string name, string? text)
    {
        if (text is null)
            return TimeSpan.FromSeconds(10);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new FloydException($"{name} is '{PrintableText.Of(text)}'; expected seconds, above 0 and at most {MaxSeconds}.");
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string Expand(string path, Func<string, string?> variable)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = UserHome(variable) + path[1..];
        return Reference().Replace(path, match => variable(match.Groups[1].Value) ?? match.Value);
    }

    private static string UserHome(Func<string, string?> variable) =>
        variable("HOME") is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [GeneratedRegex(@"\$\{?(\w+)\}?")]
    private static partial Regex Reference();
}
