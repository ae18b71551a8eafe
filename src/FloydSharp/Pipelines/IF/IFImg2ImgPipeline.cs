using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>
/// Image variation at stage I: a picture is noised part of the way and denoised towards the text (SDEdit, arXiv:2108.01073;
/// DeepFloyd IF, style transfer).
/// </summary>
public sealed class IFImg2ImgPipeline : DiffusionPipeline<IFComponents>
{
    /// <summary>Makes a pipeline over components that may be shared with others: nothing is loaded twice.</summary>
    /// <param name="components">The components; disposed with this pipeline, and loaded again when another one needs them.</param>
    /// <exception cref="FloydException">The checkpoint is one of stage II.</exception>
    public IFImg2ImgPipeline(IFComponents components)
        : base(StageCheck.StageI(components), SchedulerFactory.Create(components.SchedulerConfig))
    {
    }

    /// <summary>Opens a checkpoint; its models are loaded when they are needed.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static IFImg2ImgPipeline Load(string folder, IFComponentsOptions? options = null) => new(IFComponents.Open(folder, options));

    /// <summary>Varies with prompts; loads the text encoder if it is not in memory, and leaves it there.</summary>
    /// <inheritdoc cref="Generate(Tensor, PromptEmbeddings, INoiseSource, IFImg2ImgOptions, IProgress{StepInfo}, CancellationToken)"/>
    /// <param name="image">Pictures to start from, at the size of the result, (B, 3, H, W) in [-1, 1]: one per prompt, or one for all. Not disposed.</param>
    /// <param name="prompts">One per picture, one for all, or several for one picture. Captions are cleaned as in the training data.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, strength; null for the defaults.</param>
    /// <param name="negativePrompts">None, one for all, or one per prompt.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    public Tensor Generate(
        Tensor image, IReadOnlyList<string> prompts, INoiseSource noise, IFImg2ImgOptions? options = null, IReadOnlyList<string>? negativePrompts = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        using var embeddings = Components.Encode(prompts, negativePrompts, options, cancellation);
        return Generate(image, embeddings, noise, options, progress, cancellation);
    }

    /// <summary>Varies with embeddings.</summary>
    /// <param name="image">Pictures to start from, at the size of the result, (B, 3, H, W) in [-1, 1]: one per prompt, or one for all. Not disposed.</param>
    /// <param name="embeddings">One per picture, one for all, or several for one picture. Not disposed.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, strength; null for the defaults.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>
    /// (results, 3, H, W), float32 on the UNet's device, around [-1, 1], neither checked nor watermarked; owned by the caller.
    /// <see cref="IFComponents.ToPictures"/> makes pictures of it.
    /// </returns>
    /// <exception cref="FloydException">An option is out of range, or a component cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Generate(
        Tensor image, PromptEmbeddings embeddings, INoiseSource noise, IFImg2ImgOptions? options = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var run = StageRun.Of(this, embeddings, options, noise, image) with { Start = new(image, options.Strength) };
        return run.Run(progress, cancellation);
    }
}
