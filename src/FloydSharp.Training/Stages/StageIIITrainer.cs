using FloydSharp.IO.Imaging;
using FloydSharp.Models.Clip;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Schedulers;
using FloydSharp.Training.Data;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Optimization;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>
/// CLIP's text encoder and the UNet of stage III, trained together: the velocity of latents beside the small picture with noise
/// of a random level (Rombach et al. 2022, arXiv:2112.10752).
/// </summary>
internal sealed class StageIIITrainer : ITrainingStage
{
    private const int Factor = 4;
    private const int LargestNoiseLevel = 350;

    private readonly AutoencoderKL _vae;
    private readonly ClipTextModel _textEncoder;
    private readonly UNet2DConditionModel _unet;
    private readonly DiffusionSchedule _schedule;
    private readonly DiffusionSchedule _noising;
    private readonly string _tokenizerFolder;
    private readonly string _vaeFolder;
    private readonly ICaptionedSource _source;

    /// <summary>Builds encoder and UNet with fresh weights and loads the frozen autoencoder.</summary>
    /// <param name="textConfig">The encoder, its vocabulary as large as the tokenizer's.</param>
    /// <param name="unetConfig">The UNet.</param>
    /// <param name="vaeFolder">The folder that holds <c>vae</c>.</param>
    /// <param name="tokenizerFolder">Copied into checkpoints.</param>
    /// <param name="source">Gives the pictures of the sheets.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="dtype">What the layers compute in.</param>
    /// <param name="seed">Of the first weights.</param>
    public StageIIITrainer(
        ClipTextConfig textConfig, UNet2DConditionConfig unetConfig, string vaeFolder, string tokenizerFolder, ICaptionedSource source,
        Device device, ScalarType dtype, long seed)
    {
        _vaeFolder = vaeFolder;
        _tokenizerFolder = tokenizerFolder;
        _source = source;
        _vae = VaeTrainer.LoadFrozen(vaeFolder, device, dtype);
        _textEncoder = new(textConfig);
        _unet = new(unetConfig);
        _schedule = new(SchedulerConfig.Parse(SchedulerFiles.StageIII), device);
        _noising = new(SchedulerConfig.Parse(SchedulerFiles.LowRes), device);
        Model = new([new("text_encoder", _textEncoder), new("unet", _unet)], device, dtype);
        Model.Initialise(seed);
    }

    /// <inheritdoc/>
    public TrainableModel Model { get; }

    /// <inheritdoc/>
    public IEnumerable<Layer> Layers => [_textEncoder, _unet, _vae];

    /// <inheritdoc/>
    public IReadOnlyList<string> LossNames { get; } = ["loss"];

    /// <inheritdoc/>
    public Tensor Backward(TrainingBatch batch, RandomTensors random)
    {
        using var scope = NewDisposeScope();
        var device = Model.Device;
        Tensor clean, noise, timesteps, input, labels;
        ScheduleTerms terms;
        using (no_grad())
        {
            var high = batch.PixelsOn(device);                                // (B, 3, 4h, 4w)
            using var latents = _vae.Encode(high.to(Model.DType));
            clean = latents.Mean.to(ScalarType.Float32).Times(_vae.Config.ScalingFactor); // (B, 4, h, w)
            var low = SmallPictures.Degrade(SmallPictures.Shrink(high, Factor), random, 0.6); // (B, 3, h, w)
            labels = random.Uniform(batch.Count).Times(LargestNoiseLevel + 1).to(ScalarType.Int64); // (B)
            var condition = _noising.At(labels).AddNoise(low, random.Normal(low.shape));
            noise = random.Normal(clean.shape);
            timesteps = _schedule.DrawTimesteps(batch.Count, random); // (B)
            terms = _schedule.At(timesteps);
            input = cat([terms.AddNoise(clean, noise), condition], dim: 1).to(Model.DType); // (B, 7, h, w)
        }

        var text = _textEncoder.forward(batch.IdsOn(device));                 // (B, T, D)
        var output = _unet.forward(input, timesteps, text, labels);           // (B, 4, h, w)
        var loss = DiffusionLosses.Velocity(output, clean, noise, terms);
        loss.backward();
        return loss.detach().reshape(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Save(string folder) => new CheckpointWriter(folder)
        .Copy("vae", "diffusers", "AutoencoderKL", Path.Combine(_vaeFolder, "vae"))
        .Weights("text_encoder", "transformers", "CLIPTextModel", _textEncoder.Config.ToJson(), Model)
        .Weights("unet", "diffusers", "UNet2DConditionModel", _unet.Config.ToJson(), Model)
        .Copy("tokenizer", "transformers", "CLIPTokenizer", _tokenizerFolder)
        .Scheduler("scheduler", "DDIMScheduler", SchedulerFiles.StageIII)
        .Scheduler("low_res_scheduler", "DDPMScheduler", SchedulerFiles.LowRes)
        .Finish("StableDiffusionUpscalePipeline", $"\"max_noise_level\": {LargestNoiseLevel}");

    /// <summary>Fills encoder and UNet from a checkpoint of the same sizes.</summary>
    /// <param name="folder">The pipeline's folder.</param>
    public void Load(string folder)
    {
        Model.Load("text_encoder", Path.Combine(folder, "text_encoder"));
        Model.Load("unet", Path.Combine(folder, "unet"));
    }

    /// <inheritdoc/>
    public void WriteSheet(string folder, string path)
    {
        using var pipeline = StableDiffusionUpscalePipeline.Load(folder, new() { Load = new LoadOptions { Device = Model.Device, MapWeights = false } });
        pipeline.Scheduler = SchedulerFactory.Create("dpm++", pipeline.Components.SchedulerConfig);
        var side = pipeline.Components.UNetConfig.SampleSize!.Value;
        CaptionedPicture[] shown = [.. Enumerable.Range(0, 2).Select(i => _source.Read(i, side))];
        ImageBuffer[] small = [.. shown.Select(p => new ImageBuffer(side, side, 3, p.Pixels))];
        using var input = ImageTensors.FromImages(small);
        using var noise = NoiseSource.FromSeed(1);
        using var large = pipeline.Generate(input, [.. shown.Select(p => p.Caption)], noise, new() { NumInferenceSteps = 10, GuidanceScale = 1 });
        var enlarged = small.Select(s => Resampler.Resize(s, Factor * side, Factor * side, ResampleFilter.Nearest));
        var after = StableDiffusionUpscalePipeline.ToPictures(large).Select(p => p.Image);
        ImageFile.SavePng(path, ContactSheet.Compose([.. enlarged.Zip(after, (a, b) => new[] { a, b }).SelectMany(p => p)], columns: 2, gap: 4), overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _vae.Dispose();
        _schedule.Dispose();
        _noising.Dispose();
    }
}
