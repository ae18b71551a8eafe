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
        : base(components, SchedulerFactory.Create(components.SchedulerConfig), StageCheck.NoisingScheduler(components))
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
        using var embeddings = Components.Encode(prompts, negativePrompts, options, cancellation);
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
        options ??= new();
        var run = StageRun.Of(this, embeddings, options, noise, image) with
        {
            Size = (options.Width ?? Components.SampleSize, options.Height ?? Components.SampleSize),
            Small = new(image, options.NoiseLevel, NoisingScheduler!),
        };
        return run.Run(progress, cancellation);
    }
}
