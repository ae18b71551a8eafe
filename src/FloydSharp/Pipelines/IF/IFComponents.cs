using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Models.UNet;
using FloydSharp.Schedulers;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>
/// The components of a stage I or II checkpoint. Opening reads configurations only; each model is loaded when it is first
/// used and can be freed alone. Several pipelines can share one set.
/// </summary>
public sealed class IFComponents : IDisposable
{
    private readonly Lazy<Watermarker?> _watermarker;
    private readonly string? _tokenizerFolder;

    private IFComponents(CheckpointFolder folder, IFComponentsOptions options)
    {
        Folder = folder;
        _tokenizerFolder = options.TokenizerFolder;
        if (folder.Components.ContainsKey("vae"))
            throw new FloydException($"The checkpoint {folder.Path} has a vae (its class is {folder.ClassName}), so it is not of stage I or II, which work on pixels; an x4 upscaler is stage III.");
        var unetFolder = folder.Component("unet");
        UNetConfig = UNet2DConditionConfig.Load(unetFolder);
        SampleSize = UNetConfig.SampleSize ?? throw new FloydException($"The config.json in {unetFolder} has no sample_size, which the IF stages need; download it again.");
        SchedulerConfig = SchedulerConfig.Load(folder.Component("scheduler"));
        if (folder.Has("image_noising_scheduler"))
            ImageNoisingSchedulerConfig = SchedulerConfig.Load(folder.Component("image_noising_scheduler"));

        UNet = new("unet", (progress, cancellation) =>
            ModelLoader.Fill(new UNet2DConditionModel(UNetConfig), unetFolder, options.LoadOf("unet"), progress, cancellation));
        TextEncoder = new("text_encoder", (progress, cancellation) => PromptEncoder.LoadT5(
            options.TextEncoderFolder ?? folder.Component("text_encoder"),
            TokenizerFolder,
            options.LoadOf("text_encoder"), progress, cancellation));
        if (options.SafetyChecker && folder.Has("safety_checker"))
        {
            SafetyChecker = new("safety_checker", (progress, cancellation) => ImageSafety.Load(
                folder.Component("safety_checker"), folder.Component("feature_extractor"), options.LoadOf("safety_checker"), options.SafetyRule, progress, cancellation));
        }

        _watermarker = new(() => options.Watermark && MarkFolder(folder, options) is { } mark ? Watermarker.Load(mark) : null);
    }

    /// <summary>The checkpoint.</summary>
    public CheckpointFolder Folder { get; }

    /// <summary>The UNet's configuration.</summary>
    public UNet2DConditionConfig UNetConfig { get; }

    /// <summary>The side of the pictures the UNet was trained on, in pixels.</summary>
    public int SampleSize { get; }

    /// <summary>Sides must be multiples of this many pixels, because each level but the last halves them.</summary>
    public int SizeMultiple => 1 << (UNetConfig.BlockOutChannels.Count - 1);

    /// <summary>The scheduler's configuration, as the checkpoint has it.</summary>
    public SchedulerConfig SchedulerConfig { get; }

    /// <summary>The configuration of the scheduler that noises the small picture; null for stage I.</summary>
    public SchedulerConfig? ImageNoisingSchedulerConfig { get; }

    /// <summary>The UNet.</summary>
    public Component<UNet2DConditionModel> UNet { get; }

    /// <summary>T5 with its tokenizer.</summary>
    public Component<PromptEncoder> TextEncoder { get; }

    /// <summary>The safety checker; null where there is none or none is wanted.</summary>
    public Component<ImageSafety>? SafetyChecker { get; }

    /// <summary>The watermark; null where there is none or none is wanted.</summary>
    public Watermarker? Watermarker => _watermarker.Value;

    private string TokenizerFolder => _tokenizerFolder ?? Folder.Component("tokenizer");

    /// <summary>Opens a checkpoint.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static IFComponents Open(string folder, IFComponentsOptions? options = null) =>
        new(CheckpointFolder.Open(folder), options ?? new());

    /// <summary>Reads T5's tokenizer alone, to look at prompts before anything large is loaded.</summary>
    /// <exception cref="FloydException">It is missing or damaged.</exception>
    public T5Tokenizer LoadTokenizer() => T5Tokenizer.Load(TokenizerFolder);

    /// <summary>Encodes prompts for a run; loads the text encoder if it is not in memory, and leaves it there.</summary>
    /// <param name="prompts">At least one; captions are cleaned as in the training data.</param>
    /// <param name="negativePrompts">None, one for all, or one per prompt.</param>
    /// <param name="options">Whether the run is guided.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Owned by the caller.</returns>
    internal PromptEmbeddings Encode(IReadOnlyList<string> prompts, IReadOnlyList<string>? negativePrompts, DiffusionOptions options, CancellationToken cancellation) =>
        TextEncoder.Load(null, cancellation).Encode(prompts, negativePrompts, cleanCaption: true, ClassifierFreeGuidance.IsOn(options.GuidanceScale), cancellation);

    /// <summary>Makes finished pictures: clips, looks for unsafe content, draws the watermark.</summary>
    /// <param name="images">(B, 3, H, W) in [-1, 1]. Not disposed.</param>
    public IReadOnlyList<Picture> ToPictures(Tensor images) => Mark(Check(ImageTensors.ToImages(images)));

    /// <summary>Looks for unsafe content, where a safety checker is there.</summary>
    internal IReadOnlyList<Picture> Check(IReadOnlyList<ImageBuffer> images) =>
        SafetyChecker?.Load().Check(images) ?? [.. images.Select(b => new Picture(b, null, null))];

    /// <summary>Draws the watermark, where there is one.</summary>
    internal IReadOnlyList<Picture> Mark(IReadOnlyList<Picture> pictures) => Watermarker?.Apply(pictures, SampleSize) ?? pictures;

    /// <summary>Frees all components.</summary>
    public void Dispose()
    {
        UNet.Dispose();
        TextEncoder.Dispose();
        SafetyChecker?.Dispose();
    }

    private static string? MarkFolder(CheckpointFolder folder, IFComponentsOptions options) =>
        options.WatermarkerFolder ?? (folder.Has("watermarker") ? folder.Component("watermarker") : null);
}
