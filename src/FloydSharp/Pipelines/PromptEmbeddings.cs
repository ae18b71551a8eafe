using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FloydSharp.IO;
using FloydSharp.Models.UNet;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>Text as the UNets see it, for one or more prompts. Owns its tensors.</summary>
public sealed class PromptEmbeddings : IDisposable
{
    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="positive">The prompts, (B, T, D), any floating dtype and device.</param>
    /// <param name="negative">What to steer away from, same shape; null when the run uses no guidance.</param>
    /// <param name="prompts">The prompts' texts, B of them; empty where they are not known.</param>
    /// <param name="negativePrompts">The negative prompts' texts; empty where they are not known.</param>
    /// <param name="style">A style for each prompt, same shape; null for none.</param>
    /// <param name="stylePrompts">The styles' texts; empty where they are not known.</param>
    /// <exception cref="FloydException">The shapes do not fit each other.</exception>
    public PromptEmbeddings(
        Tensor positive, Tensor? negative, IReadOnlyList<string>? prompts = null, IReadOnlyList<string>? negativePrompts = null, Tensor? style = null, IReadOnlyList<string>? stylePrompts = null)
    {
        if (positive.dim() != 3 || positive.numel() == 0)
            throw new FloydException($"Prompt embeddings must have shape (prompts, tokens, width) with at least one prompt, got [{string.Join(", ", positive.shape)}].");
        CheckSameShape(positive, negative, "negative ones");
        CheckSameShape(positive, style, "a style's");

        Positive = positive.DetachFromDisposeScope();
        Negative = negative?.DetachFromDisposeScope();
        Style = style?.DetachFromDisposeScope();
        Prompts = prompts ?? [];
        NegativePrompts = negativePrompts ?? [];
        StylePrompts = stylePrompts ?? [];
    }

    /// <summary>The prompts, (B, T, D).</summary>
    public Tensor Positive { get; }

    /// <summary>What to steer away from, (B, T, D), or null.</summary>
    public Tensor? Negative { get; }

    /// <summary>
    /// A style for each prompt, (B, T, D), or null. Stages I and II mix it in as <see cref="DiffusionOptions.StyleMix"/> and
    /// <see cref="DiffusionOptions.PooledStyle"/> say.
    /// </summary>
    public Tensor? Style { get; }

    /// <summary>The prompts' texts, or empty.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>The negative prompts' texts, or empty.</summary>
    public IReadOnlyList<string> NegativePrompts { get; }

    /// <summary>The styles' texts, or empty.</summary>
    public IReadOnlyList<string> StylePrompts { get; }

    /// <summary>For each prompt that was over the limit of tokens: the text that was cut off. Empty where nothing was.</summary>
    public IReadOnlyList<CutPrompt> Cuts { get; init; } = [];

    /// <summary>The number of prompts.</summary>
    public int Count => (int)Positive.shape[0];

    /// <summary>Reads a file that <see cref="Save"/> (or any program writing the same two tensors) made.</summary>
    /// <exception cref="FloydException">The file is missing, damaged or holds something else.</exception>
    public static PromptEmbeddings Load(string path)
    {
        if (!File.Exists(path))
            throw new FloydException($"The embeddings file {path} does not exist.");
        using var scope = NewDisposeScope();
        var tensors = TensorFile.ReadAll(path, out var metadata);
        if (!tensors.TryGetValue("prompt_embeds", out var positive) || !positive.dtype.IsFloating())
            throw new FloydException($"The file {path} holds no floating-point tensor prompt_embeds; give a file that `floyd encode` wrote.");
        tensors.TryGetValue("negative_prompt_embeds", out var negative);
        tensors.TryGetValue("style_prompt_embeds", out var style);
        return new(positive, negative, Texts(metadata, "prompts"), Texts(metadata, "negative_prompts"), style, Texts(metadata, "style_prompts"));
    }

    /// <summary>Writes a safetensors file with <c>prompt_embeds</c>, <c>negative_prompt_embeds</c> and <c>style_prompt_embeds</c>, and the texts as metadata.</summary>
    /// <param name="path">The file; appears complete or not at all.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    public void Save(string path, bool overwrite = false)
    {
        var (tensors, metadata) = ToFile();
        TensorFile.Write(path, tensors, metadata, overwrite);
    }

    /// <summary>What <see cref="Save"/> writes; others put more beside it.</summary>
    internal (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) ToFile()
    {
        Dictionary<string, Tensor> tensors = new() { ["prompt_embeds"] = Positive };
        if (Negative is not null)
            tensors["negative_prompt_embeds"] = Negative;
        if (Style is not null)
            tensors["style_prompt_embeds"] = Style;
        Dictionary<string, string> metadata = new()
        {
            ["format"] = "pt",
            ["prompts"] = JsonSerializer.Serialize(Prompts, TextListContext.Default.IReadOnlyListString),
            ["negative_prompts"] = JsonSerializer.Serialize(NegativePrompts, TextListContext.Default.IReadOnlyListString),
        };
        if (Style is not null)
            metadata["style_prompts"] = JsonSerializer.Serialize(StylePrompts, TextListContext.Default.IReadOnlyListString);
        return (tensors, metadata);
    }

    /// <summary>The same embeddings on the CPU.</summary>
    /// <returns>Copies or views; owned by the caller.</returns>
    public PromptEmbeddings Cpu()
    {
        using var scope = NewDisposeScope();
        return Map(t => t.device_type == TorchSharp.DeviceType.CPU ? t.alias() : t.cpu(), texts => texts);
    }

    /// <summary>One row per result, each with its own prompt: some rows of these embeddings, in a new order.</summary>
    /// <param name="rows">Numbers of prompts, from 0; at least one.</param>
    /// <returns>Copies; owned by the caller.</returns>
    public PromptEmbeddings Select(IReadOnlyList<int> rows)
    {
        if (rows.Count == 0 || rows.Any(r => r < 0 || r >= Count))
            throw new FloydException($"The rows {string.Join(", ", rows)} were asked for; the embeddings have 0 to {Count - 1}.");
        using var scope = NewDisposeScope();
        var index = tensor(rows.Select(r => (long)r).ToArray());
        return Map(t => t.index_select(0, index.to(t.device)), texts => texts.Count == Count ? [.. rows.Select(r => texts[r])] : texts);
    }

    /// <summary>The rows of several, which all have the same parts.</summary>
    /// <param name="parts">At least one. Not disposed.</param>
    /// <param name="prompts">The texts of all rows, or none.</param>
    /// <param name="negativePrompts">Likewise.</param>
    /// <param name="stylePrompts">Likewise.</param>
    /// <returns>Copies; owned by the caller.</returns>
    internal static PromptEmbeddings Concat(
        IReadOnlyList<PromptEmbeddings> parts, IReadOnlyList<string> prompts, IReadOnlyList<string> negativePrompts, IReadOnlyList<string> stylePrompts)
    {
        using var scope = NewDisposeScope();
        return new(
            Rows(p => p.Positive),
            parts[0].Negative is null ? null : Rows(p => p.Negative!),
            prompts,
            negativePrompts,
            parts[0].Style is null ? null : Rows(p => p.Style!),
            stylePrompts);

        Tensor Rows(Func<PromptEmbeddings, Tensor> part) => cat([.. parts.Select(part)]);       // (sum of B, T, D)
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Positive.Dispose();
        Negative?.Dispose();
        Style?.Dispose();
    }

    /// <summary>Some of the prompts.</summary>
    /// <param name="first">The first, from 0.</param>
    /// <param name="count">How many.</param>
    /// <returns>Views of the same memory; owned by the caller.</returns>
    internal PromptEmbeddings Rows(int first, int count)
    {
        using var scope = NewDisposeScope();
        return Map(t => t.narrow(0, first, count), texts => texts.Count == Count ? [.. texts.Skip(first).Take(count)] : texts);
    }

    /// <summary>SHA-256 of dtype, shape and values.</summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    internal string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in new[] { Positive, Negative, Style })
        {
            using var scope = NewDisposeScope();
            if (part is null)
                continue;
            var flat = part.detach().cpu().contiguous();
            hash.AppendData(Encoding.UTF8.GetBytes($"{flat.dtype} {string.Join('x', flat.shape)}\n"));
            hash.AppendData(flat.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Checks that a UNet can read these embeddings, before it is loaded.</summary>
    /// <exception cref="FloydException">They are of another text encoder's width, or hold values that are no numbers.</exception>
    internal void CheckFits(UNet2DConditionConfig config)
    {
        var expected = config.EncoderHidDim ?? config.CrossAttentionDim[0];
        if (Positive.shape[2] != expected)
            throw new FloydException($"The embeddings are {Positive.shape[2]} wide, but the UNet reads text of width {expected}; they belong to another text encoder: encode the prompt with the one that came with this checkpoint.");
        foreach (var part in new[] { Positive, Negative, Style })
        {
            using var scope = NewDisposeScope();
            if (part is not null && !part.isfinite().all().item<bool>())
                throw new FloydException("The embeddings hold values that are no numbers (NaN or infinity); encode the prompt again, in float32 or bfloat16 if the text encoder overflows in float16.");
        }
    }

    /// <summary>The text states of one denoising run, the negative half first when guided.</summary>
    /// <param name="imagesPerPrompt">How often each prompt is repeated.</param>
    /// <param name="guided">Whether the negative half comes along.</param>
    /// <param name="dtype">The model's dtype.</param>
    /// <param name="device">The model's device.</param>
    /// <returns>(B * images, T, D) or twice that; owned by the caller.</returns>
    internal Tensor ForRun(int imagesPerPrompt, bool guided, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var positive = Positive.to(dtype, device).repeat_interleave(imagesPerPrompt, 0);        // (B * images, T, D)
        if (!guided)
            return positive.MoveToOuterDisposeScope();
        if (Negative is null)
            throw new FloydException("Guidance needs negative embeddings, and these have none; encode with guidance or set the guidance scale to 1.");
        var negative = Negative.to(dtype, device).repeat_interleave(imagesPerPrompt, 0);        // (B * images, T, D)
        return cat([negative, positive]).MoveToOuterDisposeScope();                             // (2 * B * images, T, D)
    }

    private static void CheckSameShape(Tensor positive, Tensor? other, string what)
    {
        if (other is not null && !other.shape.AsSpan().SequenceEqual(positive.shape))
            throw new FloydException($"Prompt embeddings [{string.Join(", ", positive.shape)}] and {what} [{string.Join(", ", other.shape)}] must have the same shape.");
    }

    private PromptEmbeddings Map(Func<Tensor, Tensor> tensors, Func<IReadOnlyList<string>, IReadOnlyList<string>> texts) => new(
        tensors(Positive),
        Negative is null ? null : tensors(Negative),
        texts(Prompts),
        texts(NegativePrompts),
        Style is null ? null : tensors(Style),
        texts(StylePrompts)) { Cuts = Cuts };

    private static IReadOnlyList<string> Texts(IReadOnlyDictionary<string, string> metadata, string key)
    {
        try
        {
            return metadata.TryGetValue(key, out var json)
                ? JsonSerializer.Deserialize(json, TextListContext.Default.IReadOnlyListString) ?? []
                : [];
        }
        catch (JsonException)
        {
            // The texts are a courtesy; the tensors are what counts.
            return [];
        }
    }
}
