namespace FloydSharp.Testing.Hub;

/// <summary>What a server of the tests answers, with its faults.</summary>
public sealed record FakeReply(int Status)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether the body's length is announced.</summary>
    public bool SaysLength { get; init; } = true;

    /// <summary>Bytes of the body after which the connection is closed.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Bytes of the body after which nothing more comes, on an open connection.</summary>
    public int? HangAfter { get; init; }

    /// <summary>Time before anything comes.</summary>
    public TimeSpan Late { get; init; }

    /// <summary>Time after each 64 kB.</summary>
    public TimeSpan Slow { get; init; }

    public FakeReply With(string header, string value) => this with { Headers = new(Headers) { [header] = value } };

    public FakeReply Without(string header) => this with { Headers = Headers.Where(h => h.Key != header).ToDictionary() };
}
