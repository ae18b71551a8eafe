#:project ../src/FloydSharp/FloydSharp.csproj
#:package libtorch-cpu-linux-x64

// DeepFloyd IF step by step, as in the walkthrough that this library set out to implement: the text encoder is loaded, used
// and freed; then each stage in turn, tensors handed on, one generator carried through, every picture saved on the way.
//
//   dotnet run samples/text-to-image.cs -- IF-I-XL-v1.0 IF-II-L-v1.0 stable-diffusion-x4-upscaler "a prompt"
//
// The arguments are folders with the checkpoints in the Hugging Face layout. T5_TOKENIZER and CLIP_TOKENIZER name folders with
// the tokenizers where the checkpoints have none of their own; STEPS shortens the run.
using FloydSharp.Native;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Weights;
using TorchSharp;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: dotnet run samples/text-to-image.cs -- STAGE1 STAGE2 STAGE3 [PROMPT]");
    return 2;
}

NativeLibraries.EnsureLoaded();
var prompt = args.ElementAtOrDefault(3) ?? "a photograph of an astronaut riding a horse holding a sign that says \"Pixel's in space\"";
var load = new LoadOptions { Device = torch.cuda.is_available() ? torch.CUDA : torch.CPU };
int? steps = int.TryParse(Environment.GetEnvironmentVariable("STEPS"), out var count) ? count : null;
var progress = new StepObserver(step => Console.Write($"\r  step {step.Step + 1}/{step.StepCount} "));

// 1. Load the text encoder. 2. Create text embeddings. 3. Free memory.
Console.WriteLine("text encoder");
using var stage1 = IFPipeline.Load(args[0], new() { Load = load, TokenizerFolder = Environment.GetEnvironmentVariable("T5_TOKENIZER") });
using var embeddings = stage1.Components.TextEncoder.Load().Encode([prompt]);
stage1.Components.TextEncoder.Free();

// 4. The main diffusion process.
Console.WriteLine("stage I");
using var generator = NoiseSource.FromSeed(1);
var options1 = new IFOptions();
using var small = stage1.Generate(embeddings, generator, options1 with { NumInferenceSteps = steps ?? options1.NumInferenceSteps }, progress);
stage1.Components.UNet.Free();
stage1.Components.ToPictures(small)[0].Save("text_to_image_1.png", overwrite: true);
stage1.Components.SafetyChecker?.Free();

// 5. Super resolution.
Console.WriteLine("\nstage II");
using var stage2 = IFSuperResolutionPipeline.Load(args[1], new() { Load = load });
var options2 = new IFSuperResolutionOptions();
using var medium = stage2.Generate(small, embeddings, generator, options2 with { NumInferenceSteps = steps ?? options2.NumInferenceSteps }, progress);
stage2.Components.UNet.Free();
stage2.Components.ToPictures(medium)[0].Save("text_to_image_2.png", overwrite: true);
stage2.Components.SafetyChecker?.Free();

// 6. The Stable Diffusion x4 upscaler, and the watermark that it does not draw by itself.
Console.WriteLine("\nstage III");
using var stage3 = StableDiffusionUpscalePipeline.Load(args[2], new() { Load = load, TokenizerFolder = Environment.GetEnvironmentVariable("CLIP_TOKENIZER") });
var options3 = new StableDiffusionUpscaleOptions();
using var large = stage3.Generate(medium, [prompt], generator, options3 with { NumInferenceSteps = steps ?? options3.NumInferenceSteps }, progress: progress);
StableDiffusionUpscalePipeline.ToPictures(large, stage1.Components.Watermarker)[0].Save("text_to_image_3.png", overwrite: true);

Console.WriteLine("\ntext_to_image_1.png text_to_image_2.png text_to_image_3.png");
return 0;
