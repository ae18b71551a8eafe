using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Schedulers;

namespace FloydSharp.Cascade;

/// <summary>What a cascade is asked to make.</summary>
public sealed record CascadeRequest
{
    /// <summary>The prompts. May be empty when <see cref="Embeddings"/> carries their texts.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>What to steer away from: none, one for all, or one per prompt.</summary>
    public IReadOnlyList<string> NegativePrompts { get; init; } = [];

    /// <summary>
    /// Styles that stages I and II mix into the prompts: none, one for all, or one per prompt. How much is
    /// <see cref="DiffusionOptions.StyleMix"/> of <see cref="Stage1"/> and <see cref="Stage2"/>. Stage III reads the prompt alone.
    /// </summary>
    public IReadOnlyList<string> StylePrompts { get; init; } = [];

    /// <summary>T5 embeddings made earlier; the text encoder is then not loaded. Not disposed.</summary>
    public PromptEmbeddings? Embeddings { get; init; }

    /// <summary>The one row of <see cref="Embeddings"/> that counts, from 0; null for all.</summary>
    internal int? EmbeddingsRow { get; init; }

    /// <summary>Whether captions are cleaned as in the training data before T5 sees them.</summary>
    public bool CleanCaption { get; init; } = true;

    /// <summary>The picture to start from; null starts from noise alone.</summary>
    public CascadeStart? Start { get; init; }

    /// <summary>The seed of all noise.</summary>
    public long Seed { get; init; }

    /// <summary>One seed per picture instead of one for all: prompts times pictures per prompt of them. Null uses <see cref="Seed"/>.</summary>
    public IReadOnlyList<long>? ImageSeeds { get; init; }

    /// <summary>
    /// Whether each stage starts anew from the seed, so that its noise does not depend on the stages before; otherwise one
    /// generator is carried through all stages.
    /// </summary>
    public bool ReseedStages { get; init; }

    /// <summary>
    /// Whether a stage hands its finished pictures on, 8 bits deep, checked and watermarked, as calls of diffusers' pipelines
    /// without output_type do; otherwise its tensor.
    /// </summary>
    public bool HandOverPictures { get; init; }

    /// <summary>The stage after which the run ends, 1 to 3; null for the cascade's last one.</summary>
    public int? LastStage { get; init; }

    /// <summary>Results of stage I that were made earlier, one of which this request goes on with (see <see cref="Enlarge"/>); stage I is then not run. Not disposed.</summary>
    public Candidates? Candidates { get; init; }

    /// <summary>Which of <see cref="Candidates"/>, from 0.</summary>
    internal int CandidatePlace { get; init; }

    /// <summary>Whether the run rests after stage I and goes on later; sizes and geometry are those of the whole run.</summary>
    internal bool RestsAfterStage1 { get; init; }

    /// <summary>The name of the profile that was applied, for the record; null for none.</summary>
    public string? Profile { get; init; }

    /// <summary>Pictures per prompt.</summary>
    public int ImagesPerPrompt { get; init; } = 1;

    /// <summary>
    /// Stage I. Its number of pictures per prompt is <see cref="ImagesPerPrompt"/>; its size follows from <see cref="Start"/>
    /// where there is one and none is given.
    /// </summary>
    public IFOptions Stage1 { get; init; } = new();

    /// <summary>Stage II. Its size follows from stage I's.</summary>
    public IFSuperResolutionOptions Stage2 { get; init; } = new();

    /// <summary>Stage III.</summary>
    public StableDiffusionUpscaleOptions Stage3 { get; init; } = new();

    /// <summary>Schedulers by name (see <see cref="SchedulerFactory"/>) for stages I, II, III; null keeps the checkpoint's.</summary>
    public (string? Stage1, string? Stage2, string? Stage3) SchedulerNames { get; init; }

    /// <summary>Settings over the checkpoints' scheduler_config.json for stages I, II, III, before <see cref="SchedulerNames"/> choose; null for none.</summary>
    public (SchedulerOverrides? Stage1, SchedulerOverrides? Stage2, SchedulerOverrides? Stage3) SchedulerOverrides { get; init; }

    /// <summary>A stage's scheduler: its name, or null for the checkpoint's, and its settings, or null for none.</summary>
    internal (string? Name, SchedulerOverrides? Overrides) SchedulerOf(int stage) => stage switch
    {
        1 => (SchedulerNames.Stage1, SchedulerOverrides.Stage1),
        2 => (SchedulerNames.Stage2, SchedulerOverrides.Stage2),
        _ => (SchedulerNames.Stage3, SchedulerOverrides.Stage3),
    };

    /// <summary>The prompts' texts, wherever they are given.</summary>
    public IReadOnlyList<string> PromptTexts => Prompts.Count > 0 ? Prompts : Row(Embeddings?.Prompts);

    /// <summary>The negative prompts' texts, wherever they are given.</summary>
    public IReadOnlyList<string> NegativePromptTexts => NegativePrompts.Count > 0 ? NegativePrompts : Row(Embeddings?.NegativePrompts);

    /// <summary>The styles' texts, wherever they are given.</summary>
    public IReadOnlyList<string> StylePromptTexts => StylePrompts.Count > 0 ? StylePrompts : Row(Embeddings?.StylePrompts);

    /// <summary>The first stage that runs.</summary>
    internal int FirstStage => Candidates is not null ? 2 : Start?.FirstStage ?? 1;

    /// <summary>Whether there is a style.</summary>
    internal bool HasStyle => StylePrompts.Count > 0 || Embeddings?.Style is not null;

    /// <summary>The number of prompts.</summary>
    public int PromptCount => EmbeddingsRow is not null ? 1 : Embeddings?.Count ?? Prompts.Count;

    /// <summary>A request for variations of a picture, with the reference's steps, guidance and strengths.</summary>
    /// <param name="picture">The picture. Left as it is.</param>
    /// <param name="prompts">At least one; each gives its own variations.</param>
    public static CascadeRequest Vary(ImageBuffer picture, params IReadOnlyList<string> prompts)
    {
        var stage2 = new IFImg2ImgSuperResolutionOptions();
        return new()
        {
            Prompts = prompts,
            Start = new CascadeStart.Variation(picture),
            Stage1 = new IFOptions().SampledAs(new IFImg2ImgOptions()),
            Stage2 = new IFSuperResolutionOptions { NoiseLevel = stage2.NoiseLevel }.SampledAs(stage2),
        };
    }

    /// <summary>A request to repaint what a mask marks, with the reference's steps, guidance and strengths.</summary>
    /// <param name="picture">The picture. Left as it is.</param>
    /// <param name="mask">White is repainted; any size of the picture's shape. Left as it is.</param>
    /// <param name="prompts">At least one; each gives its own pictures.</param>
    public static CascadeRequest Inpaint(ImageBuffer picture, ImageBuffer mask, params IReadOnlyList<string> prompts)
    {
        var stage2 = new IFInpaintingSuperResolutionOptions();
        return new()
        {
            Prompts = prompts,
            Start = new CascadeStart.Inpainting(picture, mask),
            Stage1 = new IFOptions().SampledAs(new IFInpaintingOptions()),
            Stage2 = new IFSuperResolutionOptions { NoiseLevel = stage2.NoiseLevel }.SampledAs(stage2),
        };
    }

    /// <summary>A request to enlarge a picture by stage II, III or both.</summary>
    /// <param name="picture">The picture. Left as it is.</param>
    /// <param name="firstStage">2 or 3; the cascade's later stages run too.</param>
    /// <param name="prompts">What the picture shows; none stands for the empty prompt.</param>
    public static CascadeRequest Upscale(ImageBuffer picture, int firstStage, params IReadOnlyList<string> prompts) => new()
    {
        Prompts = prompts.Count > 0 ? prompts : [""],
        Start = new CascadeStart.Enlargement(picture, firstStage),
    };

    /// <summary>
    /// Requests to enlarge results of stage I, one for each: for <see cref="IFCascade.GenerateAll"/>. What is made is what a whole
    /// run makes with that seed. Settings of stages II and III, and their schedulers, can be changed; all else is as it was.
    /// </summary>
    /// <param name="candidates">What stage I made; usually the <see cref="Candidates.Pick"/> of some. Not disposed; must live while the requests run.</param>
    public static IReadOnlyList<CascadeRequest> Enlarge(Candidates candidates) => [.. Enumerable.Range(0, candidates.Count).Select(candidates.ToRequest)];

    /// <summary>
    /// One request per picture: each picture is then made by itself, with a generator of its own, and is the same alone and
    /// among others. Its seed is its own of <see cref="ImageSeeds"/>, or <see cref="Seed"/> plus its number among the pictures
    /// of its prompt.
    /// </summary>
    /// <returns>Prompt after prompt. They share embeddings and pictures with this request.</returns>
    /// <exception cref="FloydException">A value is out of range, or values do not fit each other.</exception>
    public IReadOnlyList<CascadeRequest> PerPicture()
    {
        Validate();
        if (NegativePrompts.Count > 1 && NegativePrompts.Count != PromptCount)
            throw new FloydException($"There are {PromptCount} prompts and {NegativePrompts.Count} negative prompts; give one negative prompt for all, or one per prompt.");
        if (StylePrompts.Count > 1 && StylePrompts.Count != PromptCount)
            throw new FloydException($"There are {PromptCount} prompts and {StylePrompts.Count} styles; give one style for all, or one per prompt.");
        return [.. Enumerable.Range(0, PromptCount * ImagesPerPrompt).Select(One)];
    }

    private CascadeRequest One(int picture)
    {
        var (prompt, number) = (picture / ImagesPerPrompt, picture % ImagesPerPrompt);
        return this with
        {
            Prompts = PromptTexts.Count > prompt ? [PromptTexts[prompt]] : [],
            NegativePrompts = NegativePrompts.Count > 0 ? [NegativePrompts[NegativePrompts.Count == 1 ? 0 : prompt]] : [],
            StylePrompts = StylePrompts.Count > 0 ? [StylePrompts[StylePrompts.Count == 1 ? 0 : prompt]] : [],
            EmbeddingsRow = Embeddings is null ? null : EmbeddingsRow ?? prompt,
            Seed = ImageSeeds?[picture] ?? unchecked(Seed + number),
            ImageSeeds = null,
            ImagesPerPrompt = 1,
        };
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">A value is out of range, or values do not fit each other.</exception>
    public void Validate()
    {
        if (Embeddings is null && Prompts.Count == 0)
            throw new FloydException("There is no prompt; give at least one, or embeddings.");
        if (Embeddings is not null && Prompts.Count > 0 && Prompts.Count != PromptCount)
            throw new FloydException($"There are {Prompts.Count} prompts and embeddings of {PromptCount}; they must be the same prompts.");
        if (Embeddings is not null && StylePrompts.Count > 0 && Embeddings.Style is null)
            throw new FloydException("A style is given and the embeddings have none; encode the prompts with the style, or leave it out.");
        if (ImagesPerPrompt < 1)
            throw new FloydException($"The number of pictures per prompt is {ImagesPerPrompt}; it must be at least 1.");
        if (ImageSeeds is not null && ImageSeeds.Count != PromptCount * ImagesPerPrompt)
            throw new FloydException($"There are {ImageSeeds.Count} seeds for {PromptCount * ImagesPerPrompt} pictures; give one seed per picture.");
        if (Candidates is not null && (PromptCount * ImagesPerPrompt != 1 || ImageSeeds is not null || !ReseedStages || CandidatePlace < 0 || CandidatePlace >= Candidates.Count))
            throw new FloydException("A request that goes on with a candidate makes one picture, its stages seeded anew; make it with CascadeRequest.Enlarge.");
        Start?.Validate();
        Stage1.Validate();
        Stage2.Validate();
        Stage3.Validate();
    }

    /// <summary>The embeddings that count.</summary>
    /// <returns>Views; owned by the caller. Null where none are given.</returns>
    internal PromptEmbeddings? OwnEmbeddings() => Embeddings?.Rows(EmbeddingsRow ?? 0, PromptCount);

    /// <summary>SHA-256 of the embeddings' values.</summary>
    internal string EmbeddingsHash()
    {
        using var rows = OwnEmbeddings()!;
        return rows.Hash();
    }

    private IReadOnlyList<string> Row(IReadOnlyList<string>? texts) =>
        EmbeddingsRow is { } row && texts is { Count: > 1 } ? row < texts.Count ? [texts[row]] : [] : texts ?? [];
}
