using FloydSharp.IO;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The texts of some prompts that run together: which ones must be encoded, and the embeddings that they make.</summary>
internal sealed class PromptTexts
{
    private readonly IReadOnlyList<string> _prompts, _negatives, _styles;
    private readonly bool _guided;

    /// <summary>Spreads what is given once over all prompts.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="styles">Styles: none, one for all, or one per prompt.</param>
    /// <param name="negatives">What to steer away from: none (the empty text), one for all, or one per prompt.</param>
    /// <param name="guided">Whether negative embeddings are made.</param>
    /// <exception cref="FloydException">No prompt, or a number of other texts that does not fit.</exception>
    public PromptTexts(IReadOnlyList<string> prompts, IReadOnlyList<string> styles, IReadOnlyList<string>? negatives, bool guided)
    {
        if (prompts.Count == 0)
            throw new FloydException("There is no prompt; give at least one.");
        (_prompts, _guided) = (prompts, guided);
        _negatives = Spread(negatives, prompts.Count, "negative prompt");
        _styles = styles.Count == 0 ? [] : Spread(styles, prompts.Count, "style");
    }

    /// <summary>Each text that must be encoded, once.</summary>
    public IReadOnlyList<string> Distinct => [.. (_guided ? _prompts.Concat(_negatives) : _prompts).Concat(_styles).Distinct()];

    /// <summary>Puts encoded texts together.</summary>
    /// <param name="rows">All of <see cref="Distinct"/>, perhaps among others. Not disposed.</param>
    /// <returns>Copies; owned by the caller.</returns>
    public PromptEmbeddings Assemble(IReadOnlyDictionary<string, EncodedText> rows)
    {
        using var scope = NewDisposeScope();
        return new(Stack(_prompts), _guided ? Stack(_negatives) : null, _prompts, _negatives, _styles.Count > 0 ? Stack(_styles) : null, _styles)
        {
            Cuts = [.. Distinct.Select(t => rows[t].Cut).OfType<CutPrompt>()],
        };

        Tensor Stack(IReadOnlyList<string> texts) => stack(texts.Select(t => rows[t].States));            // (B, T, D)
    }

    private static IReadOnlyList<string> Spread(IReadOnlyList<string>? texts, int count, string what)
    {
        if (texts is null or { Count: 0 })
            return [.. Enumerable.Repeat("", count)];
        if (texts.Count == 1)
            return [.. Enumerable.Repeat(texts[0], count)];
        if (texts.Count == count)
            return texts;
        throw new FloydException($"There are {count} prompts and {texts.Count} {what}s; give one {what} for all, or one per prompt.");
    }
}
