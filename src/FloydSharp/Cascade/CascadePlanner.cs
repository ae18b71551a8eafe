using FloydSharp.IO.Safetensors;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Planning;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// Lists what a cascade's run will load and do, in its order, from headers and configurations: the phases are those of
/// <see cref="PromptRunner"/> and the <see cref="StageRunner"/>s.
/// </summary>
internal sealed class CascadePlanner(CascadeOptions options, IReadOnlyList<CascadeRun> runs)
{
    private const string EightBit = "8bit";

    // Sides of tiles that a VAE is asked to decode in when whole pictures do not fit, beside its own.
    private static readonly long[] _smallerTiles = [256, 128];

    private long _results;
    private readonly CudaLibraries _libraries = new();

    /// <summary>Lists the components.</summary>
    /// <param name="text">The checkpoint with T5; null for none.</param>
    /// <param name="stage1">Stage I; null for none.</param>
    /// <param name="stage2">Stage II; null for none.</param>
    /// <param name="stage3">Stage III; null for none.</param>
    public IReadOnlyList<PlannedComponent> List(IFComponents? text, Stage1Runner? stage1, Stage2Runner? stage2, Stage3Runner? stage3)
    {
        List<PlannedComponent> list = [];
        if (text is not null && runs.Any(r => r.FirstStage < 3 && r.Request.Embeddings is null))
            list.Add(TextEncoder(text));
        if (stage1 is not null && On(1) is { Count: > 0 } ones)
            list.AddRange(Stage(1, stage1.Checkpoint, ones, r => (r.Sizes.Stage1, r.Request.Stage1, r.Sizes.Stage1)));
        if (stage2 is not null && On(2) is { Count: > 0 } twos)
            list.AddRange(Stage(2, stage2.Checkpoint, twos, r => (stage2.LargestSize(r), r.Request.Stage2, r.Sizes.Stage2)));
        if (stage3 is not null && On(3) is { Count: > 0 } threes)
            list.AddRange(Upscale(stage3, threes));
        return list;
    }

    private static int PicturesOf(CascadeRun run) => run.Request.PromptCount * run.Request.ImagesPerPrompt;

    private static int Parts(CascadeRun run, DiffusionOptions sampling, bool styled) =>
        (ClassifierFreeGuidance.IsOn(sampling.GuidanceScale) ? 2 : 1) + (styled && run.Request.HasStyle && sampling.StyleMix > 0 ? 1 : 0);

    private List<CascadeRun> On(int stage) => [.. runs.Where(r => r.FirstStage <= stage && stage <= r.LastStage)];

    private PlannedComponent TextEncoder(IFComponents checkpoint)
    {
        var folder = options.TextEncoderFolder ?? checkpoint.Folder.Component("text_encoder");
        var config = T5Config.Load(folder);
        var texts = runs.SelectMany(r => r.Request.Prompts.Concat(r.Request.NegativePrompts).Concat(r.Request.StylePrompts)).Distinct().Count() + 1;
        var work = new ModelWork.T5(config);
        return Component(0, "text_encoder", folder, () => new T5EncoderModel(config), "encode", [work], options.TextEncoderLoad ?? options.Load, made: texts * work.Tokens * config.DModel * sizeof(float)) with { MayRunOnCpu = true, Passes = texts };
    }

    private IEnumerable<PlannedComponent> Stage(
        int stage, IFComponents checkpoint, List<CascadeRun> on, Func<CascadeRun, ((int Width, int Height) Sample, DiffusionOptions Sampling, (int Width, int Height) Picture)> of)
    {
        var work = Largest(on.Select(r => of(r) is var (size, sampling, _)
            ? new ModelWork.UNet(checkpoint.UNetConfig, PicturesOf(r) * Parts(r, sampling, styled: true), size.Width, size.Height) : null!));
        var made = on.Sum(r => of(r).Picture is var (width, height) ? (long)PicturesOf(r) * width * height * 3 * (sizeof(float) + 1) : 0);
        var unet = Component(stage, "unet", checkpoint.Folder.Component("unet"), () => new UNet2DConditionModel(checkpoint.UNetConfig), "denoise", [work], options.Load, made) with { Passes = on.Sum(r => r.Steps[stage]) };
        yield return unet;
        _results += RemainsOf(unet);
        if (checkpoint.SafetyChecker is null)
            yield break;
        var folder = checkpoint.Folder.Component("safety_checker");
        var config = ClipVisionConfig.Load(folder);
        yield return Component(stage, "safety_checker", folder, () => new IFSafetyChecker(config), "finish", [new ModelWork.SafetyChecker(config)], options.Load) with { PhaseName = "pictures" };
    }

    private IEnumerable<PlannedComponent> Upscale(Stage3Runner runner, List<CascadeRun> on)
    {
        var checkpoint = runner.Checkpoint;
        var clip = ClipTextConfig.Load(checkpoint.Folder.Component("text_encoder"));
        yield return Component(3, "text_encoder", checkpoint.Folder.Component("text_encoder"), () => new ClipTextModel(clip), "encode", [new ModelWork.ClipText(clip)], options.Load)
            with { MayRunOnCpu = true };

        var sizes = on.Select(r => (Run: r, Size: runner.LargestSize(r))).ToList();
        var work = Largest(sizes.Select(s => new ModelWork.UNet(
            checkpoint.UNetConfig, PicturesOf(s.Run) * Parts(s.Run, s.Run.Request.Stage3, styled: false), s.Size.Width, s.Size.Height)));
        var unet = Component(3, "unet", checkpoint.Folder.Component("unet"), () => new UNet2DConditionModel(checkpoint.UNetConfig), "denoise", [work], options.Load) with { Passes = on.Sum(r => r.Steps[3]) };
        yield return unet;
        _results += RemainsOf(unet);

        var vae = checkpoint.VaeConfig;
        // A run's latents, its pictures as numbers of several kinds, and, of tiles, the whole picture.
        var made = on.Max(r => PicturesOf(r) * (long)r.Sizes.Stage2.Width * r.Sizes.Stage2.Height * vae.SpatialFactor * vae.SpatialFactor * 3 * (sizeof(float) + 1));
        var largest = sizes.MaxBy(s => (long)s.Size.Width * s.Size.Height);
        var asked = largest.Run.Request.Stage3.Decode is { Tiling: true } tiled ? tiled.TileSampleSize ?? vae.SampleSize : (long?)null;
        long?[] tiles = [asked, .. new[] { vae.SampleSize }.Concat(_smallerTiles).Where(t => asked is null || t < asked).Select(t => (long?)t)];
        yield return Component(
            3, "vae", checkpoint.Folder.Component("vae"), () => new AutoencoderKL(vae), "decode",
            [.. tiles.Distinct().Select(t => new ModelWork.VaeDecode(vae, largest.Size.Width, largest.Size.Height, t))], UpscaleComponents.VaeLoad(vae, options.Load), made);
    }

    // On a GPU or mapped, there is nothing that could remain but the kernels' part.
    private long RemainsOf(PlannedComponent unet) => PlanConstants.RemainsOf(
        options.Load.Device.type == TorchSharp.DeviceType.CUDA ? 0 : unet.Variants[0].Tensors.Where(t => !t.IsStoredAs(unet.CpuDType)).Sum(t => t.Elements));

    private static ModelWork Largest(IEnumerable<ModelWork> works) => works.MaxBy(w => w.ActivationBytes(ScalarType.Float32, cuda: false))!;

    private PlannedComponent Component(int stage, string name, string folder, Func<Layer> build, string phase, IReadOnlyList<ModelWork> work, LoadOptions load, long made = 0)
    {
        var model = build();
        var there = WeightSet.Variants(folder);
        List<string?> variants = [WeightVariant.Choose(folder, load)];
        // Rounded weights: only where nothing was asked for, and after what was chosen.
        if (stage == 0 && load.Variant is null && there.Contains(EightBit) && !variants.Contains(EightBit))
            variants = there.Contains(variants[0] ?? "") ? [.. variants, EightBit] : [EightBit];
        made += LibrariesOf(work[0]);
        var before = _results;
        _results += made;
        return new()
        {
            Stage = stage,
            Name = name,
            Folder = folder,
            Phase = phase,
            Work = work,
            Variants = [.. variants.Select(v => ComponentWeights.Read(model, folder, v, load.Quantization))],
            CpuDType = (load with { Device = CPU }).EffectiveDType,
            GpuDType = load.DType ?? ScalarType.Float16,
            IsPlain = load.Plain,
            ResultBytes = before,
            MadeBytes = made,
        };
    }

    private long LibrariesOf(ModelWork work) => options.Load.Device.type == TorchSharp.DeviceType.CUDA ? _libraries.With(work) : 0;
}
