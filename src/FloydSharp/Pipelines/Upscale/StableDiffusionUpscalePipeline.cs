using FloydSharp.IO;
using FloydSharp.Memory;
using FloydSharp.Models.Vae;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.Upscale;

/// <summary>
/// Stage III: the Stable Diffusion x4 upscaler. Latent diffusion (arXiv:2112.10752) with the noised small picture beside the
/// latents; 256x256 becomes 1024x1024.
/// </summary>
public sealed class StableDiffusionUpscalePipeline : DiffusionPipeline<UpscaleComponents>
{
    /// <summary>The size the watermark is drawn for on this stage's pictures.</summary>
    public const int WatermarkSampleSize = 128;

    // In pixels; smaller ones show where they meet.
    private const long SmallestTile = 128;

    /// <summary>Makes a pipeline.</summary>
    /// <param name="components">The components; disposed with this pipeline.</param>
    public StableDiffusionUpscalePipeline(UpscaleComponents components)
        : base(components, SchedulerFactory.Create(components.SchedulerConfig), SchedulerFactory.Create(components.LowResSchedulerConfig))
    {
    }

    /// <summary>Opens a checkpoint; its models are loaded when they are needed.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static StableDiffusionUpscalePipeline Load(string folder, UpscaleComponentsOptions? options = null) => new(UpscaleComponents.Open(folder, options));

    /// <summary>Enlarges with prompts; loads the text encoder if it is not in memory, and leaves it there.</summary>
    /// <inheritdoc cref="Generate(Tensor, PromptEmbeddings, INoiseSource, StableDiffusionUpscaleOptions, IProgress{StepInfo}, CancellationToken)"/>
    /// <param name="image">Small pictures, (B, 3, h, w) in [-1, 1]. Not disposed.</param>
    /// <param name="prompts">One per picture, or fewer where each serves several pictures in a row.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, noise level; null for the defaults.</param>
    /// <param name="negativePrompts">None, one for all, or one per prompt.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    public Tensor Generate(
        Tensor image, IReadOnlyList<string> prompts, INoiseSource noise, StableDiffusionUpscaleOptions? options = null, IReadOnlyList<string>? negativePrompts = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        using var embeddings = Components.TextEncoder.Load(null, cancellation).Encode(
            prompts, negativePrompts, guided: ClassifierFreeGuidance.IsOn(options.GuidanceScale), cancellation: cancellation);
        return Generate(image, embeddings, noise, options, progress, cancellation);
    }

    /// <summary>Enlarges with embeddings.</summary>
    /// <param name="image">
    /// Small pictures, (B, 3, h, w) in [-1, 1]; sides are rounded down to multiples of the VAE's factor (4). Not disposed.
    /// </param>
    /// <param name="embeddings">CLIP embeddings: one per picture, or fewer where each serves several pictures in a row. Not disposed.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, noise level; null for the defaults.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>(B * images per prompt, 3, 4h, 4w), float32 on the VAE's device, in [-1, 1]; owned by the caller.</returns>
    /// <exception cref="FloydException">An option is out of range, or a component cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Generate(
        Tensor image, PromptEmbeddings embeddings, INoiseSource noise, StableDiffusionUpscaleOptions? options = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        using var latents = Denoise(image, embeddings, noise, options, progress, cancellation);
        return Decode(latents, image, options, cancellation);
    }

    /// <summary>The diffusion alone: latents instead of pictures.</summary>
    /// <inheritdoc cref="Generate(Tensor, PromptEmbeddings, INoiseSource, StableDiffusionUpscaleOptions, IProgress{StepInfo}, CancellationToken)"/>
    /// <returns>(B * images per prompt, 4, h, w), float32 on the UNet's device, scaled by the VAE's factor; owned by the caller.</returns>
    public Tensor Denoise(
        Tensor image, PromptEmbeddings embeddings, INoiseSource noise, StableDiffusionUpscaleOptions options, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        // 1. Check.
        options.Validate();
        CheckNoiseLevel(options);
        embeddings.CheckFits(Components.UNetConfig);
        var imagesPerPrompt = BatchShape.ImagesPerPrompt(image, embeddings, options.NumImagesPerPrompt);
        var guided = ClassifierFreeGuidance.IsOn(options.GuidanceScale);

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var unet = Components.UNet.Load(null, cancellation);

        // 2. Text and timesteps.
        var text = embeddings.ForRun(imagesPerPrompt, guided, unet.DType, unet.Device);
        Scheduler.SetTimesteps(options);

        // 3. The small picture, noised.
        var small = ToSizeOfVae(image.to(ScalarType.Float32, unet.Device));                                 // (B, 3, h, w)
        int[] levels = [.. Enumerable.Repeat(options.NoiseLevel, (int)small.shape[0])];
        var noised = NoisingScheduler!.AddNoise(small, noise.Draw(small.shape, ScalarType.Float32, unet.Device), levels);
        noised = noised.repeat_interleave(options.NumImagesPerPrompt, 0);                                   // (B, 3, h, w)
        var labels = TensorArithmetic.Full([text.shape[0]], options.NoiseLevel, ScalarType.Int64, unet.Device); // (B or 2B)

        // 4. Noise of the latents.
        long[] shape = [noised.shape[0], Components.VaeConfig.LatentChannels, noised.shape[2], noised.shape[3]];
        var start = noise.Draw(shape, ScalarType.Float32, unet.Device).Times(Scheduler.InitNoiseSigma);     // (B, 4, h, w)

        // 5. Denoise.
        var loop = new DenoisingLoop
        {
            UNet = unet,
            Scheduler = Scheduler,
            Text = text,
            ClassLabels = labels,
            Condition = noised,
            GuidanceScale = options.GuidanceScale,
            Noise = noise,
            Steps = options.ToSteps(),
            Store = options.Store,
        };
        return loop.Run(start, progress, cancellation);
    }

    /// <summary>Latents to pictures, one at a time.</summary>
    /// <param name="latents">(B, 4, h, w), scaled by the VAE's factor. Not disposed.</param>
    /// <param name="image">The small pictures, (B or fewer, 3, h, w) in [-1, 1], whose coarse colours are kept if the options say so. Not disposed.</param>
    /// <param name="options">Whether to decode in tiles, and whether to keep colours.</param>
    /// <param name="cancellation">Checked before each picture.</param>
    /// <returns>(B, 3, 4h, 4w), float32, in [-1, 1]; owned by the caller.</returns>
    public Tensor Decode(Tensor latents, Tensor image, StableDiffusionUpscaleOptions? options = null, CancellationToken cancellation = default)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var vae = Components.Vae.Load(null, cancellation);
        var scaled = latents.to(vae.DType, vae.Device).DividedBy(Components.VaeConfig.ScalingFactor);       // (B, 4, h, w)
        List<Tensor> pictures = [];
        for (var i = 0; i < scaled.shape[0]; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var one = scaled.narrow(0, i, 1);                                                               // (1, 4, h, w)
            var decoded = DecodeWithin(vae, one, options?.Decode, cancellation);                            // (1, 3, 4h, 4w)
            pictures.Add(decoded.to(ScalarType.Float32).Clamp(-1, 1));
        }

        var result = cat(pictures);                                                                         // (B, 3, 4h, 4w)
        return (options is { KeepColours: true } ? CoarseColours.Keep(result, image) : result).MoveToOuterDisposeScope();
    }

    /// <summary>Makes finished pictures.</summary>
    /// <param name="images">(B, 3, H, W) in [-1, 1]. Not disposed.</param>
    /// <param name="watermarker">The mark of another stage's checkpoint, drawn as the walkthrough does; null for none.</param>
    public static IReadOnlyList<Picture> ToPictures(Tensor images, Watermarker? watermarker = null)
    {
        List<Picture> pictures = [.. ImageTensors.ToImages(images).Select(b => new Picture(b, null, null))];
        return watermarker?.Apply(pictures, WatermarkSampleSize) ?? pictures;
    }

    internal void CheckNoiseLevel(StableDiffusionUpscaleOptions options)
    {
        if (options.NoiseLevel > Components.MaxNoiseLevel)
            throw new FloydException($"The noise level of stage III is {options.NoiseLevel}; this checkpoint allows 0 to {Components.MaxNoiseLevel}.");
    }

    // Where memory runs out, the picture is decoded in tiles, then in smaller ones; then with less of the VAE on the device.
    private static Tensor DecodeWithin(AutoencoderKL vae, Tensor latents, VaeDecodeOptions? decode, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return vae.Decode(latents, decode, cancellation);                                           // (1, 3, 4h, 4w)
            }
            catch (Exception e) when (OutOfMemory.Is(e))
            {
                HostMemory.Trim();
                DeviceMemory.Trim();
                if (Smaller(vae.Config, decode) is { } smaller)
                    decode = smaller;
                else if (!vae.TryShrink())
                    throw new FloydException("The memory ran out while a picture was decoded, even in small tiles; make smaller pictures, or free memory on the device.", e);
            }
        }
    }

    private static VaeDecodeOptions? Smaller(AutoencoderKLConfig config, VaeDecodeOptions? decode)
    {
        if (decode is not { Tiling: true })
            return (decode ?? new()) with { Slicing = true, Tiling = true };
        var side = decode.TileSampleSize ?? config.SampleSize;
        return side >= 2 * SmallestTile ? decode with { TileSampleSize = side / 2 } : null;
    }

    private Tensor ToSizeOfVae(Tensor image)
    {
        var factor = Components.VaeConfig.SpatialFactor;
        var (height, width) = (image.shape[2] / factor * factor, image.shape[3] / factor * factor);
        if (height == 0 || width == 0)
            throw new FloydException($"A picture of {image.shape[3]}x{image.shape[2]} is too small for stage III; both sides must be at least {factor}.");
        return height == image.shape[2] && width == image.shape[3]
            ? image.alias()
            : nn.functional.interpolate(image, [height, width], mode: InterpolationMode.Nearest);
    }
}
