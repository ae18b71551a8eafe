using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Schedulers;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.Upscale;

/// <summary>
/// The components of the x4 upscaler's checkpoint. Opening reads configurations only; each model is loaded when it is first
/// used and can be freed alone.
/// </summary>
public sealed class UpscaleComponents : IDisposable
{
    private const int DefaultMaxNoiseLevel = 350;

    private readonly string? _tokenizerFolder;

    private UpscaleComponents(CheckpointFolder folder, UpscaleComponentsOptions options)
    {
        Folder = folder;
        _tokenizerFolder = options.TokenizerFolder;
        if (!folder.Components.ContainsKey("vae"))
            throw new FloydException($"The checkpoint {folder.Path} has no vae (its class is {folder.ClassName}), so it is no x4 upscaler; give one such as stable-diffusion-x4-upscaler as stage III.");
        MaxNoiseLevel = folder.MaxNoiseLevel ?? DefaultMaxNoiseLevel;
        var (unetFolder, vaeFolder) = (folder.Component("unet"), folder.Component("vae"));
        UNetConfig = UNet2DConditionConfig.Load(unetFolder);
        VaeConfig = WithScalingFactor(AutoencoderKLConfig.Load(vaeFolder));
        SchedulerConfig = SchedulerConfig.Load(folder.Component("scheduler"));
        LowResSchedulerConfig = SchedulerConfig.Load(folder.Component("low_res_scheduler"));
        if (UNetConfig.InChannels != VaeConfig.LatentChannels + 3)
            throw new FloydException($"The UNet in {folder.Path} takes {UNetConfig.InChannels} channels, but the latents have {VaeConfig.LatentChannels} and the picture 3; this is no x4 upscaler.");

        UNet = new("unet", (progress, cancellation) =>
            ModelLoader.Fill(new UNet2DConditionModel(UNetConfig), unetFolder, options.LoadOf("unet"), progress, cancellation));
        Vae = new("vae", (progress, cancellation) =>
            ModelLoader.Fill(new AutoencoderKL(VaeConfig), vaeFolder, VaeLoad(VaeConfig, options.LoadOf("vae")), progress, cancellation));
        TextEncoder = new("text_encoder", (progress, cancellation) => PromptEncoder.LoadClip(
            folder.Component("text_encoder"), TokenizerFolder, options.LoadOf("text_encoder"), progress, cancellation));
    }

    /// <summary>The checkpoint.</summary>
    public CheckpointFolder Folder { get; }

    /// <summary>The largest noise level the UNet was trained for, as a timestep.</summary>
    public int MaxNoiseLevel { get; }

    /// <summary>The UNet's configuration.</summary>
    public UNet2DConditionConfig UNetConfig { get; }

    /// <summary>The VAE's configuration.</summary>
    public AutoencoderKLConfig VaeConfig { get; }

    /// <summary>The scheduler's configuration, as the checkpoint has it.</summary>
    public SchedulerConfig SchedulerConfig { get; }

    /// <summary>The configuration of the scheduler that noises the small picture.</summary>
    public SchedulerConfig LowResSchedulerConfig { get; }

    /// <summary>The UNet.</summary>
    public Component<UNet2DConditionModel> UNet { get; }

    /// <summary>The VAE.</summary>
    public Component<AutoencoderKL> Vae { get; }

    /// <summary>CLIP with its tokenizer.</summary>
    public Component<PromptEncoder> TextEncoder { get; }

    private string TokenizerFolder => _tokenizerFolder ?? Folder.Component("tokenizer");

    /// <summary>Opens a checkpoint.</summary>
    /// <exception cref="FloydException">It is missing, damaged or asks for something that is not supported.</exception>
    public static UpscaleComponents Open(string folder, UpscaleComponentsOptions? options = null) =>
        new(CheckpointFolder.Open(folder), options ?? new());

    /// <summary>Reads CLIP's tokenizer alone, to look at prompts before anything large is loaded.</summary>
    /// <exception cref="FloydException">It is missing or damaged.</exception>
    public ClipTokenizer LoadTokenizer() => ClipTokenizer.Load(TokenizerFolder);

    /// <summary>Frees all components.</summary>
    public void Dispose()
    {
        UNet.Dispose();
        Vae.Dispose();
        TextEncoder.Dispose();
    }

    // Early uploads of the upscaler lack the factor, and the default of other models would be taken.
    private static AutoencoderKLConfig WithScalingFactor(AutoencoderKLConfig config) =>
        config.ScalingFactor == new AutoencoderKLConfig().ScalingFactor ? config with { ScalingFactor = AutoencoderKLConfig.X4Upscaler.ScalingFactor } : config;

    // The VAE overflows in float16 where its configuration says so.
    internal static LoadOptions VaeLoad(AutoencoderKLConfig config, LoadOptions load) =>
        config.ForceUpcast && load.EffectiveDType == ScalarType.Float16 ? load with { DType = ScalarType.Float32 } : load;
}
