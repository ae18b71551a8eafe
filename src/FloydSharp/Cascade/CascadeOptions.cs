using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Planning;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>Which checkpoints a cascade runs and where: stage I, I and II, or all three; to enlarge pictures also II, II and III, or III.</summary>
public sealed record CascadeOptions
{
    /// <summary>The folder of a stage I checkpoint, such as IF-I-XL; null leaves a cascade that enlarges pictures only.</summary>
    public string? Stage1 { get; init; }

    /// <summary>The folder of a stage II checkpoint, such as IF-II-L; null leaves it out.</summary>
    public string? Stage2 { get; init; }

    /// <summary>The folder of the x4 upscaler; null ends the cascade with stage II.</summary>
    public string? Stage3 { get; init; }

    /// <summary>Device, dtype, variant and quantization of all components.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>The same for T5 alone, such as the <c>8bit</c> variant beside <c>fp16</c> UNets; null means <see cref="Load"/>.</summary>
    public LoadOptions? TextEncoderLoad { get; init; }

    /// <summary>
    /// How single components are loaded that are not as <see cref="Load"/> says, by the names that pictures' checkpoints have, such
    /// as <c>stage1/unet</c>; null for none. To be used for what changes no results, such as <see cref="LoadOptions.WeightBudget"/>.
    /// </summary>
    public IReadOnlyDictionary<string, LoadOptions>? ComponentLoads { get; init; }

    /// <summary>The largest number of threads that can be asked for.</summary>
    public const int MaxThreads = 1024;

    /// <summary>
    /// libtorch's threads while the cascade works, 1 to <see cref="MaxThreads"/>; null takes libtorch's own number. On a CPU the
    /// same bytes need the same number, because sums round otherwise with another one (<see cref="PictureInfo.Threads"/>).
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>A folder with T5's config.json and weights; null takes stage I's <c>text_encoder</c>, or stage II's where there is no stage I.</summary>
    public string? TextEncoderFolder { get; init; }

    /// <summary>A folder with T5's spiece.model; null takes that checkpoint's <c>tokenizer</c>.</summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>A folder with CLIP's vocab.json and merges.txt; null takes stage III's <c>tokenizer</c>.</summary>
    public string? ClipTokenizerFolder { get; init; }

    /// <summary>Whether the pictures of stages I and II are looked at by the checkpoint's safety checker, where it has one.</summary>
    public bool SafetyChecker { get; init; } = true;

    /// <summary>When the safety checker hits, and what becomes of the picture.</summary>
    public SafetyRule SafetyRule { get; init; } = SafetyRule.Diffusers;

    /// <summary>Whether all pictures carry the watermark, where the checkpoints have one.</summary>
    public bool Watermark { get; init; } = true;

    /// <summary>Whether stage III's pictures carry it too, which the x4 upscaler by itself does not do.</summary>
    public bool Stage3Watermark { get; init; } = true;

    /// <summary>A folder with the watermark of all stages' pictures; null takes the checkpoints' own.</summary>
    public string? WatermarkerFolder { get; init; }

    /// <summary>
    /// The folder of an <see cref="Cascade.EmbeddingCache"/>, such as its default one: prompts that were encoded before need no
    /// T5. Null encodes each time. It does not change results.
    /// </summary>
    public string? EmbeddingCache { get; init; }

    /// <summary>The plan that the run keeps to, for what its phases tell; see <see cref="CascadePlanExtensions.ApplyTo(MemoryPlan, CascadeOptions)"/>. It does not change results.</summary>
    public MemoryPlan? Plan { get; init; }

    /// <summary>Whether phases tell how much memory they took at most. It does not change results.</summary>
    public bool MeasureMemory { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">There is no stage, or stages I and III without stage II, or the number of threads is out of range.</exception>
    public void Validate()
    {
        if (Stage1 is null && Stage2 is null && Stage3 is null)
            throw new FloydException("There is no checkpoint; give one of stage I, II or III.");
        if (Stage1 is not null && Stage3 is not null && Stage2 is null)
            throw new FloydException("Stage III is given without stage II; give a stage II checkpoint too, or leave stage III out.");
        if (Threads is < 1 or > MaxThreads)
            throw new FloydException($"The number of threads is {Threads}; it must lie between 1 and {MaxThreads}.");
    }

    internal IReadOnlyDictionary<string, LoadOptions>? LoadsOf(int stage) => ComponentLoads?
        .Where(c => c.Key.StartsWith($"stage{stage}/", StringComparison.Ordinal))
        .ToDictionary(c => c.Key[(c.Key.IndexOf('/', StringComparison.Ordinal) + 1)..], c => c.Value);
}
