using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;

namespace FloydSharp.Cascade.Records;

/// <summary>
/// A <see cref="CascadeRequest"/> as text: everything that decides the result except the pictures and embeddings that went in,
/// which are identified by their contents.
/// </summary>
public sealed record RequestRecord
{
    // More than anyone makes at once; a damaged record must not ask for all the memory there is.
    private const int MaxPictures = 100_000;

    /// <summary>The prompts.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>The negative prompts.</summary>
    public required IReadOnlyList<string> NegativePrompts { get; init; }

    /// <summary>The styles.</summary>
    public required IReadOnlyList<string> StylePrompts { get; init; }

    /// <summary>SHA-256 of the embeddings where they were given; null where the prompts were encoded.</summary>
    public string? Embeddings { get; init; }

    /// <summary>Whether captions were cleaned.</summary>
    public required bool CleanCaption { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>One seed per picture, where there were such.</summary>
    public IReadOnlyList<long>? ImageSeeds { get; init; }

    /// <summary>Whether each stage started anew from the seed.</summary>
    public required bool ReseedStages { get; init; }

    /// <summary>Whether stages handed finished pictures on instead of tensors.</summary>
    public required bool HandOverPictures { get; init; }

    /// <summary>The profile of behaviour, for the record; null for none.</summary>
    public string? Profile { get; init; }

    /// <summary>Pictures per prompt.</summary>
    public required int ImagesPerPrompt { get; init; }

    /// <summary>The picture that was started from; null for noise alone.</summary>
    public StartRecord? Start { get; init; }

    /// <summary>What was asked of each stage of the cascade.</summary>
    public required IReadOnlyList<StageRecord> Stages { get; init; }

    /// <summary>The last stage where a picture was given and the run ended before the cascade does; null elsewhere, where <see cref="Stages"/> end with it.</summary>
    public int? LastStage { get; init; }

    /// <summary>What was done to finished pictures.</summary>
    public required FinishRecord Finish { get; init; }

    /// <summary>Records a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="stages">The stages that the cascade has, 1 to 3.</param>
    /// <param name="finish">What is done to finished pictures.</param>
    public static RequestRecord Of(CascadeRequest request, IEnumerable<int> stages, FinishRecord finish)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new()
        {
            Prompts = request.PromptTexts,
            NegativePrompts = request.NegativePromptTexts,
            StylePrompts = request.StylePromptTexts,
            Embeddings = request.Embeddings is null ? null : request.EmbeddingsHash(),
            CleanCaption = request.CleanCaption,
            Seed = request.Seed,
            ImageSeeds = request.ImageSeeds,
            ReseedStages = request.ReseedStages,
            HandOverPictures = request.HandOverPictures,
            Profile = request.Profile,
            ImagesPerPrompt = request.ImagesPerPrompt,
            Start = StartRecord.Of(request.Start),
            LastStage = request.Start is not null ? request.LastStage : null,
            Stages = [.. stages.Select(stage => StageRecord.Of(request, stage))],
            Finish = finish,
        };
    }

    /// <summary>The request again.</summary>
    /// <param name="picture">The picture it started from, where there was one.</param>
    /// <param name="mask">The mask, where there was one.</param>
    /// <param name="embeddings">The embeddings, where they were given. Not disposed.</param>
    /// <exception cref="FloydException">The record is damaged, or what is given is missing or not what went in.</exception>
    public CascadeRequest ToRequest(ImageBuffer? picture = null, ImageBuffer? mask = null, PromptEmbeddings? embeddings = null)
    {
        Check();
        var request = new CascadeRequest
        {
            Prompts = Prompts,
            NegativePrompts = NegativePrompts,
            StylePrompts = StylePrompts,
            Embeddings = Embeddings is null ? null : embeddings ?? throw new FloydException("The run began with embeddings that are not given; give their file again."),
            CleanCaption = CleanCaption,
            Seed = Seed,
            ImageSeeds = ImageSeeds,
            ReseedStages = ReseedStages,
            HandOverPictures = HandOverPictures,
            Profile = Profile,
            ImagesPerPrompt = ImagesPerPrompt,
            Start = Start?.ToStart(picture, mask),
            LastStage = Start is null ? Stages.Max(s => s.Stage) : LastStage,
        };
        request = Stages.Aggregate(request, (made, stage) => stage.ApplyTo(made));
        if (Embeddings is not null)
            request = WithRow(request);
        request.Validate();
        return request;
    }

    // A picture made by itself used one row of a file that may hold more.
    private CascadeRequest WithRow(CascadeRequest request)
    {
        if (request.EmbeddingsHash() == Embeddings)
            return request;
        for (var row = 0; row < request.Embeddings!.Count; row++)
        {
            if (request with { EmbeddingsRow = row } is var one && one.EmbeddingsHash() == Embeddings)
                return one;
        }

        throw new FloydException("The embeddings that are given are not those that the run began with: their values differ.");
    }

    private void Check()
    {
        var texts = Prompts.Count + NegativePrompts.Count + StylePrompts.Count;
        if (texts > MaxPictures || ImagesPerPrompt is < 1 or > MaxPictures || (long)Math.Max(1, Prompts.Count) * ImagesPerPrompt > MaxPictures)
            throw Damaged($"asks for {Prompts.Count} prompts with {ImagesPerPrompt} pictures each");
        if (Prompts.Concat(NegativePrompts).Concat(StylePrompts).Any(text => text is null))
            throw Damaged("has a prompt that is null");
        if (Stages.Count is < 1 or > 3 || Stages.Any(s => s is null) || Stages.Select(s => s.Stage).Distinct().Count() != Stages.Count || Stages.Any(s => s.Stage is < 1 or > 3))
            throw Damaged("does not list one to three stages once each");
    }

    private static FloydException Damaged(string how) => new($"The record of the run {how}; it is damaged.");
}
