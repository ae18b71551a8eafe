using FloydSharp.Weights;

namespace FloydSharp.Pipelines.IF;

/// <summary>How the components of a stage I or II checkpoint are loaded.</summary>
public sealed record IFComponentsOptions
{
    /// <summary>Device, dtype and variant of the UNet and the safety checker.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>Device, dtype and variant of the text encoder; null means <see cref="Load"/>.</summary>
    public LoadOptions? TextEncoderLoad { get; init; }

    /// <summary>How single components are loaded that are not as <see cref="Load"/> and <see cref="TextEncoderLoad"/> say, by their names in the checkpoint; null for none.</summary>
    public IReadOnlyDictionary<string, LoadOptions>? ComponentLoads { get; init; }

    /// <summary>A folder with the text encoder's config.json and weights; null takes the checkpoint's <c>text_encoder</c>.</summary>
    public string? TextEncoderFolder { get; init; }

    /// <summary>A folder with spiece.model; null takes the checkpoint's <c>tokenizer</c>.</summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>Whether finished pictures are looked at by the checkpoint's safety checker, where it has one.</summary>
    public bool SafetyChecker { get; init; } = true;

    /// <summary>When the safety checker hits, and what becomes of the picture.</summary>
    public SafetyRule SafetyRule { get; init; } = SafetyRule.Diffusers;

    /// <summary>Whether finished pictures carry the checkpoint's watermark, where it has one.</summary>
    public bool Watermark { get; init; } = true;

    /// <summary>A folder with the watermark to draw; null takes the checkpoint's <c>watermarker</c>.</summary>
    public string? WatermarkerFolder { get; init; }

    internal LoadOptions LoadOf(string component) =>
        ComponentLoads?.GetValueOrDefault(component) ?? (component == "text_encoder" ? TextEncoderLoad : null) ?? Load;
}
