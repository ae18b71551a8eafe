using FloydSharp.IO.Safetensors;

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

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">A variant can be no part of a file's name.</exception>
    public void Validate()
    {
        foreach (var variant in (string[])[Variant, TextEncoderVariant])
        {
            if (variant.Length > 0 && !FileNames.IsPlain(variant))
                throw new FloydException($"'{PrintableText.Of(variant)}' is no variant: a short name such as fp16 is expected.");
        }
    }
}
