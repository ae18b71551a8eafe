using FloydSharp.Planning;

namespace FloydSharp.Profile.Rows;

/// <summary>A budget that a run is held to.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Ram">What <c>--ram</c> says; null for nothing.</param>
/// <param name="Vram">What <c>--vram</c> says, and what is left free on the card; null for nothing.</param>
/// <param name="Group">The limit of the control group that it runs in; null for none.</param>
internal sealed record Row(string Name, string? Ram, string? Vram, string? Group)
{
    /// <summary>All rows, the one without limits first. Where nothing is said of RAM, streamed weights stay there; <c>d-file</c> leaves hardly any room for them.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        new("none", null, null, null),
        new("d", null, "4GiB", null),
        new("d-file", "1400MiB", "4GiB", null),
        new("c", null, "6GiB", null),
        new("b", "4GiB", "10GiB", null),
        new("a", null, "15GiB", "13GB"),
    ];

    /// <summary>The budgets in words.</summary>
    public string Describe() => string.Join(", ", new[]
    {
        Group is null ? null : $"cgroup {Group}",
        Ram is null ? null : $"--ram {Ram}",
        Vram is null ? null : $"--vram {Vram} on a card with {Vram} free",
    }.OfType<string>()) is { Length: > 0 } text ? text : "no limits";

    /// <summary>What is left free on the card, in bytes.</summary>
    public long? VramBytes => Vram is null ? null : ByteSize.Parse(Vram);
}
