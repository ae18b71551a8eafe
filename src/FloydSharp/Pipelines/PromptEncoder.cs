using FloydSharp.Graphs;
using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Memory;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>Turns prompts into embeddings: a tokenizer and a text encoder. Owns the encoder.</summary>
public sealed class PromptEncoder : IDisposable
{
    private readonly PromptTokenizer _tokenizer;
    private readonly Layer _model;
    private readonly Func<Tensor, Tensor, Tensor> _forward;
    private readonly long _vocabulary;

    private PromptEncoder(PromptTokenizer tokenizer, Layer model, long vocabulary, Func<Tensor, Tensor, Tensor> forward)
    {
        _vocabulary = vocabulary;
        _tokenizer = tokenizer;
        _model = model;
        _forward = forward;
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
        return new(PromptTokenizer.ForT5(tokenizer), model, model.Config.VocabSize, (ids, mask) => model.forward(ids, mask));
    }

    /// <summary>Loads CLIP, the text encoder of the x4 upscaler. It cleans no captions and looks at padding as at any token.</summary>
    /// <inheritdoc cref="LoadT5"/>
    public static PromptEncoder LoadClip(
        string encoderFolder, string tokenizerFolder, LoadOptions? options = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var tokenizer = ClipTokenizer.Load(tokenizerFolder);
        var model = ModelLoader.Fill(
            new ClipTextModel(ClipTextConfig.Load(encoderFolder)), encoderFolder, options ?? new(), progress, cancellation);
        return new(PromptTokenizer.ForClip(tokenizer), model, model.Config.VocabSize, (ids, _) => model.forward(ids));
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
        var texts = new PromptTexts(prompts, stylePrompts, negativePrompts, guided);
        var rows = EncodeTexts(texts.Distinct, cleanCaption, cancellation);
        try
        {
            return texts.Assemble(rows);
        }
        finally
        {
            foreach (var row in rows.Values)
                row.Dispose();
        }
    }

    /// <summary>
    /// Encodes texts one at a time: matrix products round otherwise in batches of other sizes, and a prompt's embedding must not
    /// depend on the prompts beside it.
    /// </summary>
    /// <param name="texts">Each once.</param>
    /// <param name="cleanCaption">Whether captions are cleaned as the training data was.</param>
    /// <param name="cancellation">Checked before each text.</param>
    /// <returns>Each text's states on the encoder's device; owned by the caller.</returns>
    internal IReadOnlyDictionary<string, EncodedText> EncodeTexts(IReadOnlyList<string> texts, bool cleanCaption, CancellationToken cancellation)
    {
        Dictionary<string, EncodedText> rows = [];
        try
        {
            using var noGrad = no_grad();
            using var pass = new TokenPass(_forward, GraphChoice.For(_model, texts.Count));
            foreach (var text in texts)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var tokens = _tokenizer.Encode(text, cleanCaption);
                var states = Forward(tokens, pass);                                // (1, T, D)
                rows[text] = new(states[0].clone().DetachFromDisposeScope(), PromptTokenizer.CutOf(text, tokens)); // (T, D)
            }

            return rows;
        }
        catch
        {
            foreach (var row in rows.Values)
                row.Dispose();
            throw;
        }
    }

    /// <summary>Frees the text encoder.</summary>
    public void Dispose() => _model.Dispose();

    private Tensor Forward(TokenizedText tokens, TokenPass pass)
    {
        while (true)
        {
            try
            {
                return pass.Run(Row(tokens.Ids), Row(tokens.Mask));           // (1, T, D)
            }
            catch (Exception e) when (OutOfMemory.Is(e))
            {
                pass.Stop("the memory ran out");
                if (!_model.TryShrink())
                    throw new FloydException("The memory ran out, even with all of the text encoder's weights streamed; free memory on the device, or run it on the CPU.", e);
            }
        }
    }

    private Tensor Row(int[] values)
    {
        if (values.Max() >= _vocabulary)
            throw new FloydException($"The tokenizer knows more words than the text encoder's {_vocabulary}; they belong to different checkpoints: give the tokenizer that came with the text encoder.");
        return tensor(values.Select(v => (long)v).ToArray(), [1, values.Length], device: _model.Device);    // (1, T)
    }
}
