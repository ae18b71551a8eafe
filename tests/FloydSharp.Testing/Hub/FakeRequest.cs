namespace FloydSharp.Testing.Hub;

/// <summary>A request that came to a server of the tests.</summary>
public sealed record FakeRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The target without its query.</summary>
    public string Path => Target.Split('?')[0];

    /// <summary>The first byte asked for; 0 for the whole.</summary>
    public long From => Header("Range") is { } range ? long.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
