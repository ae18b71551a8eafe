using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>Stage I: text to a small picture, 64x64 by default (Imagen, arXiv:2205.11487; DeepFloyd IF).</summary>
public sealed class IFPipeline : DiffusionPipeline<IFComponents>
{
    /// <summary>Makes a pipeline over components that may be shared with others.</summary>
    /// <param name="components">The components; disposed with this pipeline.</param>
    /// <exception cref="FloydException">The checkpoint is one of stage II.</exception>
    public IFPipeline(IFComponents components)
        : base(StageCheck.StageI(components), SchedulerFactory.Create(components.SchedulerConfig))
    {
    }

    /// <summary>Opens a checkpoint; its models are loaded when they are needed.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static IFPipeline Load(string folder, IFComponentsOptions? options = null) => new(IFComponents.Open(folder, options));

    /// <summary>Generates from prompts; loads the text encoder if it is not in memory, and leaves it there.</summary>
    /// <inheritdoc cref="Generate(PromptEmbeddings, INoiseSource, IFOptions, IProgress{StepInfo}, CancellationToken)"/>
    /// <param name="prompts">At least one; captions are cleaned as in the training data.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, size; null for the defaults.</param>
    /// <param name="negativePrompts">None, one for all, or one per prompt.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    public Tensor Generate(
        IReadOnlyList<string> prompts, INoiseSource noise, IFOptions? options = null, IReadOnlyList<string>? negativePrompts = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        using var embeddings = Components.Encode(prompts, negativePrompts, options, cancellation);
        return Generate(embeddings, noise, options, progress, cancellation);
    }

    /// <summary>Generates from embeddings.</summary>
    /// <param name="embeddings">One or more prompts. Not disposed.</param>
    /// <param name="noise">Draws all noise, in the order of the reference. Not disposed.</param>
    /// <param name="options">Steps, guidance, size; null for the defaults.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>
    /// (prompts * images per prompt, 3, H, W), float32 on the UNet's device, around [-1, 1], neither checked nor watermarked;
    /// owned by the caller. <see cref="IFComponents.ToPictures"/> makes pictures of it.
    /// </returns>
    /// <exception cref="FloydException">An option is out of range, or a component cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Generate(
        PromptEmbeddings embeddings, INoiseSource noise, IFOptions? options = null, IProgress<StepInfo>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var run = StageRun.Of(this, embeddings, options, noise, null) with { Size = (options.Width ?? Components.SampleSize, options.Height ?? Components.SampleSize) };
        return run.Run(progress, cancellation);
    }
}
