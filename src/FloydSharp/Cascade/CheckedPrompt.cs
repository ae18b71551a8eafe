using FloydSharp.IO.Tokenizers;

namespace FloydSharp.Cascade;

/// <summary>What a text encoder of a cascade will see of a text.</summary>
/// <param name="Stage">0 for T5, the encoder of stages I and II; 3 for CLIP.</param>
/// <param name="Role">What the text is for.</param>
/// <param name="Facts">What becomes of it.</param>
public sealed record CheckedPrompt(int Stage, PromptRole Role, PromptFacts Facts);
