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

/// <summary>T5 and the UNet of stage I, trained together on captioned pictures.</summary>
internal sealed class StageITrainer : ITrainingStage
{
    private readonly T5EncoderModel _textEncoder;
    private readonly UNet2DConditionModel _unet;
    private readonly DiffusionSchedule _schedule;
    private readonly string _tokenizerFolder;
    private readonly NoiseWeights _weights;
    private readonly string? _frozenText;

    /// <summary>Builds the models with fresh weights.</summary>
    /// <param name="textConfig">The encoder, its vocabulary as large as the tokenizer's.</param>
    /// <param name="unetConfig">The UNet.</param>
    /// <param name="tokenizerFolder">Copied into checkpoints.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="dtype">What the layers compute in.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <param name="weights">How much each noise level counts.</param>
    /// <param name="frozenText">Folder of a checkpoint whose encoder is used as it is, so that a stage II stays right; null to train it.</param>
    public StageITrainer(
        T5Config textConfig, UNet2DConditionConfig unetConfig, string tokenizerFolder, Device device, ScalarType dtype, long seed, NoiseWeights weights,
        string? frozenText = null)
    {
        _textEncoder = new(textConfig);
        _unet = new(unetConfig);
        _tokenizerFolder = tokenizerFolder;
        _weights = weights;
        _schedule = new(SchedulerConfig.Parse(SchedulerFiles.StageI), device);
        _frozenText = frozenText is null ? null : Path.Combine(frozenText, "text_encoder");
        if (_frozenText is not null)
            FrozenWeights.Fill(_textEncoder, _frozenText, device, dtype);
        Model = new(_frozenText is null ? [new("text_encoder", _textEncoder), new("unet", _unet)] : [new("unet", _unet)], device, dtype);
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
        var clean = batch.PixelsOn(device);                                   // (B, 3, H, W)
        var noise = random.Normal(clean.shape);
        var timesteps = _schedule.DrawTimesteps(batch.Count, random); // (B)
        var terms = _schedule.At(timesteps);
        var noisy = terms.AddNoise(clean, noise);

        Tensor text;
        using (set_grad_enabled(_frozenText is null))
            text = _textEncoder.forward(batch.IdsOn(device), batch.MaskOn(device)); // (B, T, D)
        var output = _unet.forward(noisy.to(Model.DType), timesteps, text);   // (B, 6, H, W)
        var (loss, parts) = DiffusionLosses.LearnedVariance(output, clean, noise, noisy, terms, timesteps.EqualTo(0), _weights);
        loss.backward();
        return parts.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Save(string folder) => WriteEncoder(new CheckpointWriter(folder))
        .Weights("unet", "diffusers", "UNet2DConditionModel", _unet.Config.ToJson(), Model)
        .Copy("tokenizer", "transformers", "T5Tokenizer", _tokenizerFolder)
        .Scheduler("scheduler", "DDPMScheduler", SchedulerFiles.StageI)
        .Finish("IFPipeline", "\"requires_safety_checker\": false");

    /// <summary>Fills the models from a checkpoint of the same sizes.</summary>
    /// <param name="folder">The pipeline's folder.</param>
    public void Load(string folder)
    {
        if (_frozenText is null)
            Model.Load("text_encoder", Path.Combine(folder, "text_encoder"));
        Model.Load("unet", Path.Combine(folder, "unet"));
    }

    /// <inheritdoc/>
    public void WriteSheet(string folder, string path)
    {
        using var pipeline = IFPipeline.Load(folder, new() { Load = new LoadOptions { Device = Model.Device, MapWeights = false } });
        pipeline.Scheduler = SheetScheduler(pipeline.Components.SchedulerConfig);
        using var noise = NoiseSource.FromSeed(1);
        using var images = pipeline.Generate(SheetPrompts.All, noise, new() { NumInferenceSteps = 20, GuidanceScale = 5 });
        var pictures = pipeline.Components.ToPictures(images).Select(p => Resampler.Resize(p.Image, 128, 128, ResampleFilter.Nearest));
        ImageFile.SavePng(path, ContactSheet.Compose([.. pictures], columns: 4, gap: 4), overwrite: true);
    }

    /// <summary>DPM-Solver++ over the cosine schedule, whose first steps hold no signal that the solver could use.</summary>
    internal static IScheduler SheetScheduler(SchedulerConfig config) =>
        SchedulerFactory.Create("dpm++", config with { LambdaMinClipped = -5.1 });

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _textEncoder.Dispose();
        _schedule.Dispose();
    }

    private CheckpointWriter WriteEncoder(CheckpointWriter writer) => _frozenText is null
        ? writer.Weights("text_encoder", "transformers", "T5EncoderModel", _textEncoder.Config.ToJson(), Model)
        : writer.Copy("text_encoder", "transformers", "T5EncoderModel", _frozenText);
}
