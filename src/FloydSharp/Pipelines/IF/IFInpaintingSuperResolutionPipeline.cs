using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>
/// Inpainting at stage II: the repainted small picture guides the enlarging under the mask; everything else is the original at
/// the size of the result.
/// </summary>
public sealed class IFInpaintingSuperResolutionPipeline : DiffusionPipeline<IFComponents>
{
    /// <summary>Makes a pipeline over components that may be shared with others: nothing is loaded twice.</summary>
    /// <param name="components">The components; disposed with this pipeline, and loaded again when another one needs them.</param>
    /// <exception cref="FloydException">The checkpoint is not one of stage II.</exception>
    public IFInpaintingSuperResolutionPipeline(IFComponents components)
        : base(components, SchedulerFactory.Create(components.SchedulerConfig), StageCheck.NoisingScheduler(components))
    {
    }

    /// <summary>Opens a checkpoint; its models are loaded when they are needed.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static IFInpaintingSuperResolutionPipeline Load(string folder, IFComponentsOptions? options = null) => new(IFComponents.Open(folder, options));

    /// <summary>Enlarges with prompts; loads the text encoder if it is not in memory, and leaves it there.</summary>
    /// <inheritdoc cref="Generate(Tensor, Tensor, Tensor, PromptEmbeddings, INoiseSource, IFInpaintingSuperResolutionOptions, IProgress{StepInfo}, CancellationToken)"/>
    /// <param name="image">Small pictures, the results of stage I, (B, 3, h, w) in [-1, 1]. Not disposed.</param>
    /// <param name="originalImage">The pictures that stage I started from, at the size of the result, (B, 3, H, W) in [-1, 1], or one for all. Not disposed.</param>
    /// <param name="maskImage">What is repainted, (B, 1, H, W) in [0, 1], or one for all: from 0.5 on (white) a pixel is repainted, else it stays. Not disposed.</param>
    /// <param name="prompts">One per picture, or fewer where each serves several pictures in a row. Captions are cleaned as in the training data.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, strength, noise level; null for the defaults.</param>
    /// <param name="negativePrompts">None, one for all, or one per prompt.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    public Tensor Generate(
        Tensor image, Tensor originalImage, Tensor maskImage, IReadOnlyList<string> prompts, INoiseSource noise, IFInpaintingSuperResolutionOptions? options = null, IReadOnlyList<string>? negativePrompts = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        using var embeddings = Components.Encode(prompts, negativePrompts, options, cancellation);
        return Generate(image, originalImage, maskImage, embeddings, noise, options, progress, cancellation);
    }

    /// <summary>Enlarges with embeddings.</summary>
    /// <param name="image">Small pictures, the results of stage I, (B, 3, h, w) in [-1, 1]. Not disposed.</param>
    /// <param name="originalImage">The pictures that stage I started from, at the size of the result, (B, 3, H, W) in [-1, 1], or one for all. Not disposed.</param>
    /// <param name="maskImage">What is repainted, (B, 1, H, W) in [0, 1], or one for all: from 0.5 on (white) a pixel is repainted, else it stays. Not disposed.</param>
    /// <param name="embeddings">One per picture, or fewer where each serves several pictures in a row. Not disposed.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, strength, noise level; null for the defaults.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>
    /// (results, 3, H, W), float32 on the UNet's device, around [-1, 1], neither checked nor watermarked; owned by the caller.
    /// <see cref="IFComponents.ToPictures"/> makes pictures of it.
    /// </returns>
    /// <exception cref="FloydException">An option is out of range, a picture has another size than the mask, or a component cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Generate(
        Tensor image, Tensor originalImage, Tensor maskImage, PromptEmbeddings embeddings, INoiseSource noise, IFInpaintingSuperResolutionOptions? options = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var run = StageRun.Of(this, embeddings, options, noise, image) with
        {
            Start = new(originalImage, options.Strength, maskImage),
            Small = new(image, options.NoiseLevel, NoisingScheduler!),
        };
        return run.Run(progress, cancellation);
    }
}
