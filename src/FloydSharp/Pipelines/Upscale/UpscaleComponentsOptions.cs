using FloydSharp.Weights;

namespace FloydSharp.Pipelines.Upscale;

/// <summary>How the components of the x4 upscaler are loaded.</summary>
public sealed record UpscaleComponentsOptions
{
    /// <summary>Device, dtype and variant.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>How single components are loaded that are not as <see cref="Load"/> says, by their names in the checkpoint; null for none.</summary>
    public IReadOnlyDictionary<string, LoadOptions>? ComponentLoads { get; init; }

    /// <summary>A folder with vocab.json and merges.txt; null takes the checkpoint's <c>tokenizer</c>.</summary>
    public string? TokenizerFolder { get; init; }

    internal LoadOptions LoadOf(string component) => ComponentLoads?.GetValueOrDefault(component) ?? Load;
}
