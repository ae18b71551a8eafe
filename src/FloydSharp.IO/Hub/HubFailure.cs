using System.Net;

namespace FloydSharp.IO.Hub;

/// <summary>The words for what a Hub answers instead of what was asked for.</summary>
internal static class HubFailure
{
    private const string DeepFloyd = "DeepFloyd/";
    private const string Tokens = "https://huggingface.co/settings/tokens";

    /// <summary>The error of an answer that is neither content nor worth another try.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="settings">Whether a token was sent, and where to.</param>
    /// <param name="repo">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file; null where the repository itself was asked for.</param>
    public static HubException Of(HttpResponseMessage response, HubSettings settings, RepoId repo, string revision, string? path)
    {
        var (code, message) = (Header(response, "X-Error-Code"), Header(response, "X-Error-Message"));
        var (error, text) = Describe(response.StatusCode, code, message, settings, repo, revision, path);
        return new(error, $"{text}{Request(response)}.");
    }

    /// <summary>The error of a header that every Hub sends.</summary>
    public static HubException Missing(string header, Uri uri) => new(
        HubError.NotAHub, $"{Address(uri)} answers without the header {header}, so this is no Hub: check HF_ENDPOINT, the proxy, or whether the network asks to sign in first.");

    /// <summary>The error of a file whose content is not what its hash says.</summary>
    public static HubException WrongHash(RepoId repo, HubFile file, string actual) => new(
        HubError.Damaged, $"{repo}: {file.Path} came twice with another content than announced (hash {actual}, expected {file.Hash}); something between here and the Hub changes it: try again, or without the proxy or mirror.");

    /// <summary>The error of a file whose length is not what was announced.</summary>
    public static HubException WrongSize(RepoId repo, HubFile file, long actual) => new(
        HubError.Damaged, $"{repo}: {file.Path} is sent with {actual} bytes or more where the Hub's list says {file.Size}; something between here and the Hub changes it: try again, or without the proxy or mirror.");

    /// <summary>The error of a failure that did not pass.</summary>
    public static HubException Lasting(TransientFault fault, string what, HubSettings settings) => new(fault.Error, fault.Error switch
    {
        HubError.RateLimited => $"{what}: {fault.Message}; wait some minutes{(settings.Token is null ? $", or set HF_TOKEN, which allows more ({Tokens})" : "")}. What was downloaded is kept.",
        HubError.Server => $"{what}: {fault.Message}, also after several tries; try again later, what was downloaded is kept.",
        HubError.Damaged => $"{what}: {fault.Message}; try again, or without the proxy or mirror.",
        _ => $"{what}: {fault.Message}, also after several tries; check the connection, the proxy (HTTPS_PROXY) or HF_ENDPOINT. What was downloaded is kept.",
    }, fault);

    /// <summary>The error of a file of the cache that cannot be written.</summary>
    public static HubException NotWritten(string path, Exception cause) => IsDiskFull(cause)
        ? new(HubError.DiskFull, $"The disk is full: {path} cannot be written on; free some space, or set HF_HOME to a folder on another disk. What was downloaded is kept.", cause)
        : new(HubError.Cache, $"The cache cannot be written at {path} ({cause.Message.TrimEnd('.')}); check its permissions, or set HF_HOME to a folder of your own.", cause);

    /// <summary>An address without what may be secret in it.</summary>
    public static string Address(Uri uri) => PrintableText.Of(uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));

    private static (HubError Error, string Text) Describe(
        HttpStatusCode status, string? code, string? message, HubSettings settings, RepoId repo, string revision, string? path)
    {
        var hasToken = settings.Token is not null;
        var page = $"{settings.Endpoint}/{(repo.Text.StartsWith(DeepFloyd, StringComparison.Ordinal) ? "DeepFloyd/IF-I-XL-v1.0" : repo)}";
        var covers = repo.Text.StartsWith(DeepFloyd, StringComparison.Ordinal) ? " (once for all of DeepFloyd IF)" : "";
        if (message?.StartsWith("Invalid credentials", StringComparison.OrdinalIgnoreCase) == true)
            return (HubError.BadToken, $"The Hub does not know the token, or it has expired; make a new one at {Tokens} and set HF_TOKEN, or remove the token for repositories that need none");
        if (message?.Contains("resource is disabled", StringComparison.OrdinalIgnoreCase) == true)
            return (HubError.Disabled, $"{repo} has been disabled on the Hub; choose another repository");
        switch (code)
        {
            case "GatedRepo" when !hasToken:
                return (HubError.Gated, $"{repo} is gated: accept its licence at {page}{covers}, then set HF_TOKEN to a token of the same account ({Tokens})");
            case "GatedRepo":
                return (HubError.Gated, $"{repo} is gated, and the account of the token has no access yet: accept the licence at {page}{covers} with that account, then try again");
            case "RepoNotFound":
                return NotFound();
            case "RevisionNotFound":
                return (HubError.RevisionNotFound, $"{repo} has no branch, tag or commit '{PrintableText.Of(revision)}'; look at {settings.Endpoint}/{repo}");
            case "EntryNotFound":
                return FileNotFound();
        }

        return status switch
        {
            HttpStatusCode.Unauthorized => NotFound(),
            HttpStatusCode.Forbidden => (HubError.NoPermission, $"The token may not read {repo}{Said(message)}; a fine-grained token needs the permission to read gated repositories, see {Tokens}"),
            HttpStatusCode.NotFound when path is null => NotFound(),
            HttpStatusCode.NotFound => FileNotFound(),
            _ => (HubError.Server, $"{repo}: the Hub answers {(int)status}{Said(message)}; check HF_ENDPOINT and try again later"),
        };

        (HubError, string) NotFound() => (HubError.RepositoryNotFound, hasToken
            ? $"There is no repository {repo} on the Hub, or it is one that this token may not see; check the name{Renamed(repo)} and the account"
            : $"There is no repository {repo} on the Hub, or it is private or gated; check the name{Renamed(repo)}, or set HF_TOKEN ({Tokens})");

        (HubError, string) FileNotFound() => (HubError.FileNotFound, $"{repo} has no file {PrintableText.Of(path ?? "")} at '{PrintableText.Of(revision)}'; check the name");
    }

    private static string Renamed(RepoId repo) => repo.Text == "DeepFloyd/IF-I-IF-v1.0" ? " (it is DeepFloyd/IF-I-XL-v1.0 now)" : "";

    private static string Said(string? message) => message is null ? "" : $" ({PrintableText.Of(message)})";

    private static string Request(HttpResponseMessage response) =>
        (Header(response, "X-Request-Id") ?? Header(response, "X-Amzn-Trace-Id") ?? Header(response, "x-amz-cf-id")) is { Length: > 0 } id ? $" (request {PrintableText.Of(id)})" : "";

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    // errno on Linux and macOS, and Windows' ERROR_DISK_FULL as an HRESULT.
    private static bool IsDiskFull(Exception e) => e.HResult is 28 or unchecked((int)0x80070070);
}
