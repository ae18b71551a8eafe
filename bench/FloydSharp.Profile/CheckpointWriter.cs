using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>Writes checkpoints in the Hugging Face layout, float16 except where real ones are not.</summary>
internal sealed class CheckpointWriter(string root)
{
    private const string Cosine = """{ "_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "squaredcos_cap_v2", "prediction_type": "epsilon", """;
    private const string Sampled = Cosine + """ "variance_type": "learned_range", "thresholding": true, "dynamic_thresholding_ratio": 0.95, "sample_max_value": 1.5 }""";
    private const string Noising = Cosine + """ "variance_type": "fixed_small" }""";
    private const string Linear = """ "num_train_timesteps": 1000, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "scaled_linear", """;

    /// <summary>Stage I with the safety checker and the watermark, without T5.</summary>
    public void StageOne(string name, string unet, string tokenizers)
    {
        Index(name, "IFPipeline", ["unet", "UNet2DConditionModel"], ["scheduler", "DDPMScheduler"], ["text_encoder", "T5EncoderModel"], ["tokenizer", "T5Tokenizer"], ["safety_checker", "IFSafetyChecker"], ["feature_extractor", "CLIPImageProcessor"], ["watermarker", "IFWatermarker"]);
        UNet(name, RealModels.UNet(unet));
        Text($"{name}/scheduler/scheduler_config.json", Sampled);
        SafetyChecker(name);
        CopyTokenizer(tokenizers, "spiece.model", $"{name}/tokenizer");
    }

    /// <summary>T5 beside stage I.</summary>
    public void TextEncoder(string name, IReadOnlyList<string> t5)
    {
        using var encoder = new T5EncoderModel(T5Config.Xxl);
        Text($"{name}/text_encoder/config.json", T5Config.Xxl.ToJson());
        foreach (var variant in t5)
            Weights($"{name}/text_encoder", "model", variant, encoder, variant == "8bit" ? IsInt8 : _ => false);
    }

    /// <summary>Stage II with the safety checker.</summary>
    public void StageTwo(string name, string unet)
    {
        Index(name, "IFSuperResolutionPipeline", ["unet", "UNet2DConditionModel"], ["scheduler", "DDPMScheduler"], ["image_noising_scheduler", "DDPMScheduler"], ["safety_checker", "IFSafetyChecker"], ["feature_extractor", "CLIPImageProcessor"], ["watermarker", "IFWatermarker"]);
        UNet(name, RealModels.UNet(unet));
        Text($"{name}/scheduler/scheduler_config.json", Sampled.Replace("1.5", "1.0", StringComparison.Ordinal));
        Text($"{name}/image_noising_scheduler/scheduler_config.json", Noising);
        SafetyChecker(name);
    }

    /// <summary>The x4 upscaler with CLIP and the VAE.</summary>
    public void StageThree(string name, string tokenizers)
    {
        Index(name, "StableDiffusionUpscalePipeline", ["unet", "UNet2DConditionModel"], ["vae", "AutoencoderKL"], ["text_encoder", "CLIPTextModel"], ["tokenizer", "CLIPTokenizer"], ["scheduler", "DDIMScheduler"], ["low_res_scheduler", "DDPMScheduler"]);
        UNet(name, RealConfigs.X4Upscaler);
        var (clip, vae) = (ClipTextConfig.X4Upscaler, AutoencoderKLConfig.X4Upscaler);
        Text($"{name}/text_encoder/config.json", clip.ToJson());
        Text($"{name}/vae/config.json", vae.ToJson());
        Text($"{name}/scheduler/scheduler_config.json", """{ "_class_name": "DDIMScheduler",""" + Linear + """ "prediction_type": "v_prediction", "set_alpha_to_one": false, "steps_offset": 1, "clip_sample": false }""");
        Text($"{name}/low_res_scheduler/scheduler_config.json", """{ "_class_name": "DDPMScheduler",""" + Linear + """ "prediction_type": "epsilon", "variance_type": "fixed_small" }""");
        CopyTokenizer(tokenizers, "vocab.json", $"{name}/tokenizer");
        using var encoder = new ClipTextModel(clip);
        Weights($"{name}/text_encoder", "model", "fp16", encoder, _ => false);
        using var decoder = new AutoencoderKL(vae);
        Weights($"{name}/vae", "diffusion_pytorch_model", "fp16", decoder, _ => false);
    }

    /// <summary>Writes a small file.</summary>
    public void Text(string path, string text)
    {
        path = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
    }

    private static bool IsInt8(string name) =>
        name.EndsWith(".weight", StringComparison.Ordinal)
        && (name.Contains(".SelfAttention.", StringComparison.Ordinal) || name.Contains(".wi_", StringComparison.Ordinal))
        && !name.Contains("bias", StringComparison.Ordinal);

    private void Index(string name, string pipeline, params string[][] components) => Text(
        $"{name}/model_index.json",
        $$"""{ "_class_name": "{{pipeline}}", {{(pipeline.StartsWith("Stable", StringComparison.Ordinal) ? "\"max_noise_level\": 350, " : "")}}{{string.Join(", ", components.Select(c => $"\"{c[0]}\": [\"diffusers\", \"{c[1]}\"]"))}} }""");

    private void UNet(string name, UNet2DConditionConfig config)
    {
        using var model = new UNet2DConditionModel(config);
        Text($"{name}/unet/config.json", config.ToJson());
        Weights($"{name}/unet", "diffusion_pytorch_model", "fp16", model, _ => false);
    }

    private void SafetyChecker(string name)
    {
        var config = ClipVisionConfig.SafetyChecker;
        using var model = new IFSafetyChecker(config);
        Text($"{name}/safety_checker/config.json", config.ToJson());
        Weights($"{name}/safety_checker", "model", "fp16", model, _ => false);
        Text($"{name}/feature_extractor/preprocessor_config.json", """
            {
              "crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true, "resample": 3, "size": 224,
              "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]
            }
            """);
        Text($"{name}/watermarker/config.json", """{ "_class_name": "IFWatermarker" }""");
        SafetensorsWriter.Write(
            Path.Combine(root, name, "watermarker", "diffusion_pytorch_model.safetensors"),
            [RandomWeights.Block("watermark_image", [62, 62, 4], ScalarType.Float32)]);
    }

    private void Weights(string folder, string baseName, string variant, Layer model, Func<string, bool> quantized)
    {
        List<SafetensorsTensorSource> sources = [];
        foreach (var (name, weight) in model.NamedWeights())
        {
            var dtype = (model as ICheckpointModel)?.DTypeOf(name, ScalarType.Float16) ?? ScalarType.Float16;
            sources.Add(RandomWeights.Block(name, weight.Shape, quantized(name) ? ScalarType.Int8 : dtype));
            if (quantized(name))
                sources.Add(RandomWeights.Block(name.Replace(".weight", ".SCB", StringComparison.Ordinal), [weight.Shape[0]], ScalarType.Float32));
        }

        const long shardBytes = 10_000_000_000;
        var path = Path.Combine(root, folder);
        Directory.CreateDirectory(path);
        ShardedSafetensorsWriter.Write(path, baseName, sources, shardBytes, variant);
        Console.WriteLine($"{folder} {variant}: {sources.Sum(s => s.Length) / 1e9:f2} GB");
    }

    private void CopyTokenizer(string from, string file, string to)
    {
        var found = Directory.EnumerateFiles(from, file, SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new FloydException($"The folder {from} holds no {file} at any depth; give one with tokenizers.");
        Directory.CreateDirectory(Path.Combine(root, to));
        foreach (var source in Directory.EnumerateFiles(Path.GetDirectoryName(found)!).Where(f => Path.GetExtension(f) is ".json" or ".txt" or ".model"))
            File.Copy(source, Path.Combine(root, to, Path.GetFileName(source)));
    }
}
