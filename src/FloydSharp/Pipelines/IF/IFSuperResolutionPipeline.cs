using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>
/// Stage II: a small picture and its text to a larger one, 256x256 by default, by diffusion over the noised enlargement
/// (Imagen, arXiv:2205.11487, section 2.3; cascaded diffusion, arXiv:2106.15282).
/// </summary>
public sealed class IFSuperResolutionPipeline : DiffusionPipeline<IFComponents>
{
    /// <summary>Makes a pipeline over components that may be shared with others.</summary>
    /// <param name="components">The components; disposed with this pipeline.</param>
    /// <exception cref="FloydException">The checkpoint is not one of stage II.</exception>
    public IFSuperResolutionPipeline(IFComponents components)
        : base(components, SchedulerFactory.Create(components.SchedulerConfig), SchedulerFactory.Create(components.ImageNoisingSchedulerConfig ?? throw new FloydException(
            $"The checkpoint {components.Folder.Path} has no image_noising_scheduler, so it is not one of stage II (its class is {components.Folder.ClassName}); give a super resolution checkpoint such as IF-II-L.")))
    {
    }

    /// <summary>Opens a checkpoint; its models are loaded when they are needed.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static IFSuperResolutionPipeline Load(string folder, IFComponentsOptions? options = null) => new(IFComponents.Open(folder, options));

    /// <summary>Enlarges with prompts; loads the text encoder if it is not in memory, and leaves it there.</summary>
    /// <inheritdoc cref="Generate(Tensor, PromptEmbeddings, INoiseSource, IFSuperResolutionOptions, IProgress{StepInfo}, CancellationToken)"/>
    /// <param name="image">Small pictures, (B, 3, h, w) in [-1, 1]. Not disposed.</param>
    /// <param name="prompts">One per picture, or fewer where each serves several pictures in a row.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, size, noise level; null for the defaults.</param>
    /// <param name="negativePrompts">None, one for all, or one per prompt.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    public Tensor Generate(
        Tensor image, IReadOnlyList<string> prompts, INoiseSource noise, IFSuperResolutionOptions? options = null, IReadOnlyList<string>? negativePrompts = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        using var embeddings = Components.TextEncoder.Load(null, cancellation).Encode(
            prompts, negativePrompts, cleanCaption: true, ClassifierFreeGuidance.IsOn(options.GuidanceScale), cancellation);
        return Generate(image, embeddings, noise, options, progress, cancellation);
    }

    /// <summary>Enlarges with embeddings.</summary>
    /// <param name="image">Small pictures, (B, 3, h, w) in [-1, 1]. Not disposed.</param>
    /// <param name="embeddings">One per picture, or fewer where each serves several pictures in a row. Not disposed.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, size, noise level; null for the defaults.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>
    /// (B * images per prompt, 3, H, W), float32 on the UNet's device, around [-1, 1], neither checked nor watermarked; owned
    /// by the caller.
    /// </returns>
    /// <exception cref="FloydException">An option is out of range, or a component cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Generate(
        Tensor image, PromptEmbeddings embeddings, INoiseSource noise, IFSuperResolutionOptions? options = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        // 1. Check.
        options ??= new();
        options.Validate();
        var config = Components.UNetConfig;
        var (width, height) = (options.Width ?? Components.SampleSize, options.Height ?? Components.SampleSize);
        DiffusionOptions.CheckSize("The size of stage II", width, height, Components.SizeMultiple);
        embeddings.CheckFits(config);
        var imagesPerPrompt = BatchShape.ImagesPerPrompt(image, embeddings, options.NumImagesPerPrompt);
        var guided = ClassifierFreeGuidance.IsOn(options.GuidanceScale);

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var unet = Components.UNet.Load(null, cancellation);

        // 2. Text and timesteps.
        var text = embeddings.ForRun(imagesPerPrompt, guided, unet.DType, unet.Device);
        Scheduler.SetTimesteps(options);

        // 3. Noise of the result.
        long[] shape = [embeddings.Count * imagesPerPrompt, config.InChannels / 2, height, width];
        var start = noise.Draw(shape, ScalarType.Float32, unet.Device) * Scheduler.InitNoiseSigma;          // (B, 3, H, W)

        // 4. The small picture, enlarged and noised.
        var small = image.to(ScalarType.Float32, unet.Device).repeat_interleave(options.NumImagesPerPrompt, 0);
        var enlarged = nn.functional.interpolate(small, [height, width], mode: InterpolationMode.Bilinear, align_corners: true);
        int[] levels = [.. Enumerable.Repeat(options.NoiseLevel, (int)shape[0])];
        enlarged = NoisingScheduler!.AddNoise(enlarged, noise.Draw(shape, ScalarType.Float32, unet.Device), levels);
        var labels = full([text.shape[0]], options.NoiseLevel, ScalarType.Int64, unet.Device);              // (B or 2B)

        // 5. Denoise.
        var loop = new DenoisingLoop
        {
            UNet = unet,
            Scheduler = Scheduler,
            Text = text,
            ClassLabels = labels,
            Condition = enlarged,
            GuidanceScale = options.GuidanceScale,
            Noise = noise,
            Eta = options.Eta,
        };
        return loop.Run(start, progress, cancellation);
    }
}
