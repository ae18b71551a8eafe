using FloydSharp.IO.Imaging;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Noise;
using FloydSharp.Pipelines.IF;
using FloydSharp.Schedulers;
using FloydSharp.Training.Data;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Optimization;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>
/// The UNet of stage II: four times the side, told the text by stage I's frozen encoder, and conditioned on the enlarged small
/// picture with noise of a random level (Ho et al. 2021, arXiv:2106.15282, section 4).
/// </summary>
internal sealed class StageIITrainer : ITrainingStage
{
    private const int Factor = 4;
    private const int LargestNoiseLevel = 400;

    private readonly T5EncoderModel _textEncoder;
    private readonly UNet2DConditionModel _unet;
    private readonly DiffusionSchedule _schedule;
    private readonly DiffusionSchedule _noising;
    private readonly string _stageIFolder;
    private readonly long _crop;
    private readonly Random _places;
    private readonly NoiseWeights _weights;

    /// <summary>Builds the UNet with fresh weights and loads the frozen encoder.</summary>
    /// <param name="config">The UNet.</param>
    /// <param name="stageIFolder">Stage I's checkpoint, with its encoder and tokenizer.</param>
    /// <param name="crop">Side of the squares it is trained on, in pixels.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="dtype">What the layers compute in.</param>
    /// <param name="seed">Of weights and places of the squares.</param>
    /// <param name="weights">How much each noise level counts.</param>
    public StageIITrainer(UNet2DConditionConfig config, string stageIFolder, int crop, Device device, ScalarType dtype, long seed, NoiseWeights weights)
    {
        _weights = weights;
        _stageIFolder = stageIFolder;
        _crop = crop;
        _places = new Random((int)seed);
        var folder = Path.Combine(stageIFolder, "text_encoder");
        _textEncoder = new(T5Config.Load(folder));
        FrozenWeights.Fill(_textEncoder, folder, device, dtype);
        _unet = new(config);
        _schedule = new(SchedulerConfig.Parse(SchedulerFiles.StageII), device);
        _noising = new(SchedulerConfig.Parse(SchedulerFiles.ImageNoising), device);
        Model = new([new("unet", _unet)], device, dtype);
        Model.Initialise(seed);
    }

    /// <inheritdoc/>
    public TrainableModel Model { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> LossNames { get; } = ["loss", "mse", "vlb"];

    /// <inheritdoc/>
    public Tensor Backward(TrainingBatch batch, RandomTensors random)
    {
        using var scope = NewDisposeScope();
        var device = Model.Device;
        Tensor text, clean, noise, timesteps, noisy, input, labels;
        ScheduleTerms terms;
        using (no_grad())
        {
            text = _textEncoder.forward(batch.IdsOn(device), batch.MaskOn(device)); // (B, T, D)
            var high = batch.PixelsOn(device);                                // (B, 3, 4h, 4w)
            var low = SmallPictures.Degrade(SmallPictures.Shrink(high, Factor), random, 0.7); // (B, 3, h, w)
            var enlarged = nn.functional.interpolate(low, [batch.Side, batch.Side], mode: InterpolationMode.Bilinear, align_corners: true);
            var cut = SmallPictures.Crop([high, enlarged], _crop, _places);   // 2 x (B, 3, H, W)
            clean = cut[0];
            labels = random.Uniform(batch.Count).Times(LargestNoiseLevel + 1).to(ScalarType.Int64); // (B)
            var condition = _noising.At(labels).AddNoise(cut[1], random.Normal(clean.shape));
            noise = random.Normal(clean.shape);
            timesteps = _schedule.DrawTimesteps(batch.Count, random); // (B)
            terms = _schedule.At(timesteps);
            noisy = terms.AddNoise(clean, noise);
            input = cat([noisy, condition], dim: 1).to(Model.DType);          // (B, 6, H, W)
        }

        var output = _unet.forward(input, timesteps, text, labels);           // (B, 6, H, W)
        var (loss, parts) = DiffusionLosses.LearnedVariance(output, clean, noise, noisy, terms, timesteps.EqualTo(0), _weights);
        loss.backward();
        return parts.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Save(string folder) => new CheckpointWriter(folder)
        .Weights("unet", "diffusers", "UNet2DConditionModel", _unet.Config.ToJson(), Model)
        .Scheduler("scheduler", "DDPMScheduler", SchedulerFiles.StageII)
        .Scheduler("image_noising_scheduler", "DDPMScheduler", SchedulerFiles.ImageNoising)
        .Finish("IFSuperResolutionPipeline", "\"requires_safety_checker\": false", "\"text_encoder\": [null, null]", "\"tokenizer\": [null, null]");

    /// <summary>Fills the UNet from a checkpoint of the same sizes.</summary>
    /// <param name="folder">The pipeline's folder.</param>
    public void Load(string folder) => Model.Load("unet", Path.Combine(folder, "unet"));

    /// <inheritdoc/>
    public void WriteSheet(string folder, string path)
    {
        var load = new LoadOptions { Device = Model.Device, MapWeights = false };
        using var first = IFPipeline.Load(_stageIFolder, new() { Load = load });
        using var second = IFSuperResolutionPipeline.Load(folder, new() { Load = load });
        first.Scheduler = StageITrainer.SheetScheduler(first.Components.SchedulerConfig);
        second.Scheduler = StageITrainer.SheetScheduler(second.Components.SchedulerConfig);
        using var noise = NoiseSource.FromSeed(1);
        using var texts = first.Components.TextEncoder.Load().Encode([.. SheetPrompts.All.Take(8)], cleanCaption: true);
        using var small = first.Generate(texts, noise, new() { NumInferenceSteps = 20, GuidanceScale = 5 });
        using var large = second.Generate(small, texts, noise, new() { NumInferenceSteps = 12, GuidanceScale = 2, NoiseLevel = 100 });
        var side = second.Components.SampleSize;
        var before = first.Components.ToPictures(small).Select(p => Resampler.Resize(p.Image, side, side, ResampleFilter.Nearest));
        var after = second.Components.ToPictures(large).Select(p => p.Image);
        ImageFile.SavePng(path, ContactSheet.Compose([.. before.Zip(after, (a, b) => new[] { a, b }).SelectMany(p => p)], columns: 4, gap: 4), overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _textEncoder.Dispose();
        _schedule.Dispose();
        _noising.Dispose();
    }
}
