using System.IO.Compression;

namespace FloydSharp.IO.Hub;

/// <summary>A file's bytes as they come.</summary>
/// <param name="Stream">The bytes.</param>
/// <param name="From">The first one's place in the file.</param>
/// <param name="Owner">The answer they are part of.</param>
internal sealed record HubContent(Stream Stream, long From, IDisposable Owner) : IDisposable
{
    /// <summary>What a body holds, where it was compressed although nobody asked for that.</summary>
    /// <exception cref="HubException">By a method that is not known here.</exception>
    public static Stream Plain(Stream body, HttpResponseMessage response, string what) => Encoding(response) switch
    {
        null => body,
        "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress),
        "br" => new BrotliStream(body, CompressionMode.Decompress),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress),
        { } other => throw new HubException(HubError.NotAHub, $"{what} comes compressed by '{PrintableText.Of(other)}' although that was not asked for; check the proxy."),
    };

    /// <summary>How a body is compressed; null for not at all.</summary>
    public static string? Encoding(HttpResponseMessage response)
    {
        var encodings = response.Content.Headers.ContentEncoding.Where(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase)).ToList();
        return encodings.Count == 0 ? null : string.Join(',', encodings).ToLowerInvariant();
    }

    public void Dispose()
    {
        Stream.Dispose();
        Owner.Dispose();
    }
}
