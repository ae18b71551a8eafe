namespace FloydSharp.Cascade;

/// <summary>What a cascade is doing.</summary>
public enum CascadePhase
{
    /// <summary>Reading a model's weights.</summary>
    Load,

    /// <summary>Encoding the prompts.</summary>
    Encode,

    /// <summary>Denoising.</summary>
    Denoise,

    /// <summary>Turning latents into pictures.</summary>
    Decode,

    /// <summary>Looking for unsafe content, drawing the watermark.</summary>
    Finish,
}
