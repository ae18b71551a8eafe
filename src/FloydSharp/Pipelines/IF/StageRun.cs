using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>
/// One denoising run of stage I or II. The six pipelines differ only in what they start from (noise, a picture, a picture
/// under a mask) and in whether a small picture stands beside the sample.
/// </summary>
internal sealed record StageRun
{
    /// <summary>The checkpoint. Not owned.</summary>
    public required IFComponents Components { get; init; }

    /// <summary>The scheduler. Not owned.</summary>
    public required IScheduler Scheduler { get; init; }

    /// <summary>The text. Not owned.</summary>
    public required PromptEmbeddings Embeddings { get; init; }

    /// <summary>Steps and guidance, validated.</summary>
    public required DiffusionOptions Options { get; init; }

    /// <summary>Draws all noise. Not owned.</summary>
    public required INoiseSource Noise { get; init; }

    /// <summary>The number of results, a multiple of the number of prompts.</summary>
    public required int Rows { get; init; }

    /// <summary>The size of the results; that of <see cref="Start"/> where there is one.</summary>
    public (int Width, int Height) Size { get; init; }

    /// <summary>The picture that the run starts from; null starts from noise.</summary>
    public StartPicture? Start { get; init; }

    /// <summary>The small picture that stage II enlarges; null at stage I.</summary>
    public SmallPicture? Small { get; init; }

    /// <summary>What all six fill in alike; checks the options.</summary>
    /// <param name="pipeline">The pipeline. Not owned.</param>
    /// <param name="embeddings">The text. Not owned.</param>
    /// <param name="options">Steps and guidance.</param>
    /// <param name="noise">Draws all noise. Not owned.</param>
    /// <param name="image">The pictures that the results are counted by; null where the prompts count.</param>
    /// <exception cref="IO.FloydException">An option is out of range, or there are other numbers of pictures and prompts.</exception>
    public static StageRun Of(DiffusionPipeline<IFComponents> pipeline, PromptEmbeddings embeddings, DiffusionOptions options, INoiseSource noise, Tensor? image)
    {
        options.Validate();
        return new()
        {
            Components = pipeline.Components,
            Scheduler = pipeline.Scheduler,
            Embeddings = embeddings,
            Options = options,
            Noise = noise,
            Rows = image is null ? embeddings.Count * options.NumImagesPerPrompt : BatchShape.Rows(image, embeddings, options.NumImagesPerPrompt),
        };
    }

    /// <summary>Runs.</summary>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>(rows, 3, H, W), float32 on the UNet's device; owned by the caller.</returns>
    public Tensor Run(IProgress<StepInfo>? progress, CancellationToken cancellation)
    {
        // 1. Check.
        Start?.Check();
        var (width, height) = Start?.Size ?? Size;
        DiffusionOptions.CheckSize($"The size of stage {(Small is null ? "I" : "II")}", width, height, Components.SizeMultiple);
        Embeddings.CheckFits(Components.UNetConfig);

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var unet = Components.UNet.Load(null, cancellation);

        // 2. Text and timesteps.
        var guided = ClassifierFreeGuidance.IsOn(Options.GuidanceScale);
        using var text = RunText.Of(Embeddings, Rows / Embeddings.Count, guided, Options, unet);
        Scheduler.SetTimesteps(Options);
        var timesteps = Start is null ? Scheduler.Timesteps : StartTimesteps.Of(Scheduler.Timesteps, Start.Strength);

        // 3. Where the sample starts.
        long[] shape = [Rows, Components.UNetConfig.InChannels / (Small is null ? 1 : 2), height, width];
        var drawn = Noise.Draw(shape, ScalarType.Float32, unet.Device);                                     // (B, 3, H, W)
        var mask = Start?.BooleanMask(Rows, unet.Device);                                                   // (B, 1, H, W)
        var start = Start?.Noised(Scheduler, drawn, timesteps[0], mask) ?? drawn.Times(Scheduler.InitNoiseSigma);

        // 4. What stands beside the sample.
        Tensor Condition(int rows) => Small!.ToCondition([rows, .. shape[1..]], Noise, unet.Device);        // (rows, 3, H, W)
        var fresh = Small is not null && Options.FreshNoise;

        // 5. Denoise.
        var loop = new DenoisingLoop
        {
            UNet = unet,
            Scheduler = Scheduler,
            Timesteps = timesteps,
            Text = text.Text,
            PooledText = text.Pooled,
            StyleMix = text.StyleMix,
            ClassLabels = Small is null ? null : TensorArithmetic.Full([text.Text.shape[0]], Small.NoiseLevel, ScalarType.Int64, unet.Device),
            Condition = Small is null || fresh ? null : Condition(Rows),
            FreshCondition = fresh ? Condition : null,
            Mask = mask,
            GuidanceScale = Options.GuidanceScale,
            Noise = Noise,
            Steps = Options.ToSteps(),
            Store = Options.Store,
        };
        var result = loop.Run(start, progress, cancellation);                                               // (B, 3, H, W)
        if (!Options.KeepColours || Small is null)
            return result;
        using (result)
            return CoarseColours.Keep(result, Small.Picture).DetachFromDisposeScope();
    }
}
