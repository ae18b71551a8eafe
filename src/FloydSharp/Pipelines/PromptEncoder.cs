using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>Turns prompts into embeddings: a tokenizer and a text encoder. Owns the encoder.</summary>
public sealed class PromptEncoder : IDisposable
{
    private readonly ITokenizer _tokenizer;
    private readonly Layer _model;
    private readonly Func<Tensor, Tensor, Tensor> _forward;
    private readonly Func<string, bool, string> _prepare;
    private readonly long _vocabulary;

    private PromptEncoder(ITokenizer tokenizer, Layer model, long vocabulary, Func<Tensor, Tensor, Tensor> forward, Func<string, bool, string> prepare)
    {
        _vocabulary = vocabulary;
        _tokenizer = tokenizer;
        _model = model;
        _forward = forward;
        _prepare = prepare;
    }

    /// <summary>Loads T5, the text encoder of stages I and II.</summary>
    /// <param name="encoderFolder">The folder <c>text_encoder</c> of a checkpoint.</param>
    /// <param name="tokenizerFolder">The folder <c>tokenizer</c> of a checkpoint, with spiece.model.</param>
    /// <param name="options">Device, dtype, variant.</param>
    /// <param name="progress">Told while the weights load.</param>
    /// <param name="cancellation">Stops the loading.</param>
    /// <exception cref="FloydException">A file is missing or damaged.</exception>
    public static PromptEncoder LoadT5(
        string encoderFolder, string tokenizerFolder, LoadOptions? options = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var tokenizer = T5Tokenizer.Load(tokenizerFolder);
        var model = ModelLoader.Fill(
            new T5EncoderModel(T5Config.Load(encoderFolder)), encoderFolder, options ?? new(), progress, cancellation);
        return new(tokenizer, model, model.Config.VocabSize, (ids, mask) => model.forward(ids, mask), (text, clean) => clean ? CaptionCleaner.Clean(text) : CaptionCleaner.Plain(text));
    }

    /// <summary>Loads CLIP, the text encoder of the x4 upscaler. It cleans no captions and looks at padding as at any token.</summary>
    /// <inheritdoc cref="LoadT5"/>
    public static PromptEncoder LoadClip(
        string encoderFolder, string tokenizerFolder, LoadOptions? options = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var tokenizer = ClipTokenizer.Load(tokenizerFolder);
        var model = ModelLoader.Fill(
            new ClipTextModel(ClipTextConfig.Load(encoderFolder)), encoderFolder, options ?? new(), progress, cancellation);
        return new(tokenizer, model, model.Config.VocabSize, (ids, _) => model.forward(ids), (text, _) => text);
    }

    /// <summary>Encodes prompts.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="negativePrompts">What to steer away from: none (the empty text), one for all, or one per prompt.</param>
    /// <param name="cleanCaption">
    /// Whether T5's captions are cleaned as the training data was (HTML, links, brackets and the like removed); otherwise they
    /// are lower-cased and stripped. The reference cleans when a pipeline is called with a prompt and does not when a prompt
    /// is encoded by itself.
    /// </param>
    /// <param name="guided">Whether negative embeddings are made; a run with a guidance scale of 1 needs none.</param>
    /// <param name="cancellation">Checked before each text.</param>
    /// <returns>(prompts, tokens, width) in the encoder's dtype and device; owned by the caller.</returns>
    /// <exception cref="FloydException">No prompt, or a number of negative prompts that does not fit.</exception>
    public PromptEmbeddings Encode(
        IReadOnlyList<string> prompts, IReadOnlyList<string>? negativePrompts = null, bool cleanCaption = false, bool guided = true, CancellationToken cancellation = default) =>
        EncodeWithStyle(prompts, [], negativePrompts, cleanCaption, guided, cancellation);

    /// <summary>Encodes prompts and the styles that are mixed into them.</summary>
    /// <inheritdoc cref="Encode"/>
    /// <param name="prompts">At least one.</param>
    /// <param name="stylePrompts">Styles: none, one for all, or one per prompt.</param>
    /// <param name="negativePrompts">What to steer away from: none (the empty text), one for all, or one per prompt.</param>
    /// <param name="cleanCaption">Whether captions are cleaned as the training data was.</param>
    /// <param name="guided">Whether negative embeddings are made.</param>
    /// <param name="cancellation">Checked before each batch of prompts.</param>
    public PromptEmbeddings EncodeWithStyle(
        IReadOnlyList<string> prompts, IReadOnlyList<string> stylePrompts, IReadOnlyList<string>? negativePrompts = null, bool cleanCaption = false, bool guided = true, CancellationToken cancellation = default)
    {
        if (prompts.Count == 0)
            throw new FloydException("There is no prompt; give at least one.");
        var negatives = Spread(negativePrompts, prompts.Count, "negative prompt");
        var styles = stylePrompts.Count == 0 ? [] : Spread(stylePrompts, prompts.Count, "style");
        List<CutPrompt> cuts = [];

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var texts = (guided ? prompts.Concat(negatives) : prompts).Concat(styles);
        var rows = EncodeDistinct([.. texts.Distinct()], cleanCaption, cuts, cancellation);
        var positive = stack(prompts.Select(p => rows[p]));                   // (B, T, D)
        var negative = guided ? stack(negatives.Select(p => rows[p])) : null; // (B, T, D)
        var style = styles.Count > 0 ? stack(styles.Select(p => rows[p])) : null; // (B, T, D)
        return new(positive, negative, prompts, negatives, style, styles) { Cuts = cuts };
    }

    /// <summary>Frees the text encoder.</summary>
    public void Dispose() => _model.Dispose();

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

    private Dictionary<string, Tensor> EncodeDistinct(string[] texts, bool cleanCaption, List<CutPrompt> cuts, CancellationToken cancellation)
    {
        Dictionary<string, Tensor> rows = [];
        // One text at a time: matrix products round otherwise in batches of other sizes, and a prompt's embedding must not
        // depend on the prompts beside it.
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var tokens = _tokenizer.Encode(_prepare(text, cleanCaption));
            var states = _forward(Row(tokens.Ids), Row(tokens.Mask));         // (1, T, D)
            rows[text] = states[0].clone().MoveToOuterDisposeScope();         // (T, D)
            if (tokens.Cut is { } removed)
                cuts.Add(new(text, removed, tokens.TokenCount, tokens.Ids.Length));
        }

        return rows;
    }

    private Tensor Row(int[] values)
    {
        if (values.Max() >= _vocabulary)
            throw new FloydException($"The tokenizer knows more words than the text encoder's {_vocabulary}; they belong to different checkpoints: give the tokenizer that came with the text encoder.");
        return tensor(values.Select(v => (long)v).ToArray(), [1, values.Length], device: _model.Device);    // (1, T)
    }
}
