using FloydSharp.Pipelines;

namespace FloydSharp.Cascade.Records;

/// <summary>What was done to pictures after their stages.</summary>
public sealed record FinishRecord
{
    /// <summary>The safety checker's rule; null where none looked.</summary>
    public SafetyRule? SafetyRule { get; init; }

    /// <summary>Whether pictures carry the watermark, where the checkpoints have one.</summary>
    public required bool Watermark { get; init; }

    /// <summary>Whether stage III's pictures carry it too.</summary>
    public required bool Stage3Watermark { get; init; }

    internal static FinishRecord Of(CascadeOptions options) => new()
    {
        SafetyRule = options.SafetyChecker ? options.SafetyRule : null,
        Watermark = options.Watermark,
        Stage3Watermark = options.Stage3Watermark,
    };

    /// <summary>A cascade's options that do the same.</summary>
    public CascadeOptions ApplyTo(CascadeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            SafetyChecker = SafetyRule is not null,
            SafetyRule = SafetyRule ?? options.SafetyRule,
            Watermark = Watermark,
            Stage3Watermark = Stage3Watermark,
        };
    }
}
