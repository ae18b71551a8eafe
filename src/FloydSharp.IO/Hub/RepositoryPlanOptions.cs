namespace FloydSharp.IO.Hub;

/// <summary>Which forms of a repository's weights are wanted.</summary>
public sealed record RepositoryPlanOptions
{
    /// <summary>The variant of the weights; empty for the plain files. A component without it comes as plain files.</summary>
    public string Variant { get; init; } = "fp16";

    /// <summary>The variant of a T5 text encoder; one without it comes as <see cref="Variant"/> says.</summary>
    public string TextEncoderVariant { get; init; } = "8bit";

    /// <summary>Whether a T5 text encoder comes at all.</summary>
    public bool TextEncoder { get; init; } = true;

    /// <summary>Whether a repository of which no component has <see cref="Variant"/> is an error; otherwise it comes as plain files.</summary>
    public bool VariantRequired { get; init; }
}
