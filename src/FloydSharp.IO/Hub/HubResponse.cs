namespace FloydSharp.IO.Hub;

/// <summary>A Hub's own answer, redirects between Hub hosts followed.</summary>
/// <param name="Message">The answer.</param>
/// <param name="Address">What it answers.</param>
/// <param name="Elsewhere">Where the content is, when that is no Hub host; null where the answer is the Hub's.</param>
internal sealed record HubResponse(HttpResponseMessage Message, Uri Address, Uri? Elsewhere) : IDisposable
{
    /// <summary>A header's value; null where it is not there.</summary>
    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values) ? values.First() : null;

    public void Dispose() => Message.Dispose();
}
