using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// Stages I, II and III in turn: text to 64x64, 256x256 and 1024x1024. Each model is loaded when it is needed and freed before
/// the next one loads; tensors are handed from stage to stage.
/// </summary>
public sealed class IFCascade : IDisposable
{
    private readonly CascadeOptions _options;
    private readonly IFPipeline _stage1;
    private readonly IFSuperResolutionPipeline? _stage2;
    private readonly StableDiffusionUpscalePipeline? _stage3;

    private IFCascade(CascadeOptions options)
    {
        _options = options;
        var components = new IFComponentsOptions
        {
            Load = options.Load,
            TextEncoderFolder = options.TextEncoderFolder,
            TokenizerFolder = options.TokenizerFolder,
            SafetyChecker = options.SafetyChecker,
            Watermark = options.Watermark,
            WatermarkerFolder = options.WatermarkerFolder,
        };
        _stage1 = IFPipeline.Load(options.Stage1, components);
        _stage2 = options.Stage2 is { } two ? IFSuperResolutionPipeline.Load(two, components) : null;
        _stage3 = options.Stage3 is { } three
            ? StableDiffusionUpscalePipeline.Load(three, new() { Load = options.Load, TokenizerFolder = options.ClipTokenizerFolder })
            : null;
    }

    /// <summary>The last stage that runs, 1 to 3.</summary>
    public int LastStage => _stage3 is not null ? 3 : _stage2 is not null ? 2 : 1;

    /// <summary>The components that are in memory now, such as <c>stage 1 unet</c>.</summary>
    public IReadOnlyList<string> LoadedComponents => [.. Components().Where(c => c.IsLoaded).Select(c => c.Name)];

    /// <summary>The sizes that the stages can make together.</summary>
    public CascadeSizes Sizes => CascadeSizes.Of(_stage1.Components, _stage2?.Components, _stage3?.Components);

    /// <summary>Opens the checkpoints; reads configurations only.</summary>
    /// <exception cref="FloydException">A checkpoint is missing, damaged or asks for something that is not supported.</exception>
    public static IFCascade Open(CascadeOptions options)
    {
        options.Validate();
        return new(options);
    }

    /// <summary>Encodes prompts with stage I's text encoder, and frees it.</summary>
    /// <param name="request">Prompts, negative prompts, cleaning.</param>
    /// <param name="progress">Told about loading, encoding and cut prompts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Embeddings on the CPU; owned by the caller.</returns>
    public PromptEmbeddings Encode(CascadeRequest request, IProgress<CascadeEvent>? progress = null, CancellationToken cancellation = default) =>
        Encode(request, new CascadeProgress(progress), cancellation);

    /// <summary>Runs all stages.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="progress">Told about phases, steps and finished stages.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The results of all stages; owned by the caller.</returns>
    /// <exception cref="FloydException">The request is not possible, or a checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing stays in memory.</exception>
    public CascadeResult Generate(CascadeRequest request, IProgress<CascadeEvent>? progress = null, CancellationToken cancellation = default)
    {
        request.Validate();
        if (_stage3 is not null && request.PromptTexts.Count != request.PromptCount)
            throw new FloydException("Stage III reads the prompt itself, but the embeddings carry no text; give the prompt too.");
        var sizes = StageSizes.Of(request.Stage1, _stage1.Components, _stage2?.Components);
        SetSchedulers(request);
        CheckSampling(request);
        request.Embeddings?.CheckFits(_stage1.Components.UNetConfig);

        var report = new CascadeProgress(progress);
        List<StageResult> results = [];
        NoiseSource? noise = null;
        try
        {
            using var own = request.Embeddings is null ? Encode(request, report, cancellation) : null;
            var embeddings = request.Embeddings ?? own!;

            noise = NextNoise(request, noise);
            results.Add(RunStage1(request, embeddings, sizes, noise, report, cancellation));
            if (_stage2 is not null)
            {
                noise = NextNoise(request, noise);
                results.Add(RunStage2(_stage2, request, results[^1].Images, embeddings, sizes, noise, report, cancellation));
            }

            if (_stage3 is not null)
            {
                noise = NextNoise(request, noise);
                results.Add(RunStage3(_stage3, request, results[^1].Images, noise, report, cancellation));
            }

            return new(results);
        }
        catch
        {
            results.ForEach(r => r.Dispose());
            FreeAll();
            throw;
        }
        finally
        {
            noise?.Dispose();
        }
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _stage1.Dispose();
        _stage2?.Dispose();
        _stage3?.Dispose();
    }

    private static NoiseSource NextNoise(CascadeRequest request, NoiseSource? current)
    {
        if (current is not null && !request.ReseedStages)
            return current;
        current?.Dispose();
        return request.ImageSeeds is { } seeds ? NoiseSource.PerImage(seeds) : NoiseSource.FromSeed(request.Seed);
    }

    private PromptEmbeddings Encode(CascadeRequest request, CascadeProgress report, CancellationToken cancellation)
    {
        var encoder = _stage1.Components.TextEncoder;
        report.Load(0, encoder, cancellation);
        try
        {
            var guided = ClassifierFreeGuidance.IsOn(request.Stage1.GuidanceScale)
                || (_stage2 is not null && ClassifierFreeGuidance.IsOn(request.Stage2.GuidanceScale));
            using var made = report.Phase(0, CascadePhase.Encode, encoder.Name, () =>
                encoder.Load().Encode(request.Prompts, request.NegativePrompts, request.CleanCaption, guided, cancellation));
            if (made.Cuts.Count > 0)
                report.Report(new CascadeEvent.PromptsCut(0, made.Cuts));
            return made.Cpu();
        }
        finally
        {
            encoder.Free();
        }
    }

    private StageResult RunStage1(
        CascadeRequest request, PromptEmbeddings embeddings, StageSizes sizes, NoiseSource noise, CascadeProgress report, CancellationToken cancellation)
    {
        var components = _stage1.Components;
        var options = request.Stage1 with { NumImagesPerPrompt = request.ImagesPerPrompt, Width = sizes.Stage1.Width, Height = sizes.Stage1.Height };
        report.Load(1, components.UNet, cancellation);
        var images = report.Phase(1, CascadePhase.Denoise, components.UNet.Name, () =>
            OnCpu(_stage1.Generate(embeddings, noise, options, report.Steps(1), cancellation)));
        components.UNet.Free();
        return Finish(1, request, images, () => components.ToPictures(images), components.SafetyChecker, report, cancellation);
    }

    private StageResult RunStage2(
        IFSuperResolutionPipeline stage, CascadeRequest request, Tensor small, PromptEmbeddings embeddings, StageSizes sizes, NoiseSource noise, CascadeProgress report, CancellationToken cancellation)
    {
        var components = stage.Components;
        var options = request.Stage2 with { NumImagesPerPrompt = 1, Width = sizes.Stage2.Width, Height = sizes.Stage2.Height };
        report.Load(2, components.UNet, cancellation);
        var images = report.Phase(2, CascadePhase.Denoise, components.UNet.Name, () =>
            OnCpu(stage.Generate(small, embeddings, noise, options, report.Steps(2), cancellation)));
        components.UNet.Free();
        return Finish(2, request, images, () => components.ToPictures(images), components.SafetyChecker, report, cancellation);
    }

    private StageResult RunStage3(
        StableDiffusionUpscalePipeline stage, CascadeRequest request, Tensor small, NoiseSource noise, CascadeProgress report, CancellationToken cancellation)
    {
        var components = stage.Components;
        var options = request.Stage3 with { NumImagesPerPrompt = 1 };

        report.Load(3, components.TextEncoder, cancellation);
        using var embeddings = report.Phase(3, CascadePhase.Encode, components.TextEncoder.Name, () => components.TextEncoder.Load().Encode(
            request.PromptTexts, request.NegativePromptTexts, guided: ClassifierFreeGuidance.IsOn(options.GuidanceScale), cancellation: cancellation));
        components.TextEncoder.Free();
        if (embeddings.Cuts.Count > 0)
            report.Report(new CascadeEvent.PromptsCut(3, embeddings.Cuts));

        report.Load(3, components.UNet, cancellation);
        using var latents = report.Phase(3, CascadePhase.Denoise, components.UNet.Name, () =>
            stage.Denoise(small, embeddings, noise, options, report.Steps(3), cancellation));
        components.UNet.Free();

        report.Load(3, components.Vae, cancellation);
        var images = report.Phase(3, CascadePhase.Decode, components.Vae.Name, () => OnCpu(stage.Decode(latents, options, cancellation)));
        components.Vae.Free();

        var mark = _stage2?.Components.Watermarker ?? _stage1.Components.Watermarker;
        return Finish(3, request, images, () => StableDiffusionUpscalePipeline.ToPictures(images, mark), null, report, cancellation);
    }

    private StageResult Finish(
        int stage, CascadeRequest request, Tensor images, Func<IReadOnlyList<Picture>> toPictures, Component<ImageSafety>? safety, CascadeProgress report, CancellationToken cancellation)
    {
        try
        {
            if (safety is not null)
                report.Load(stage, safety, cancellation);
            var pictures = report.Phase(stage, CascadePhase.Finish, "pictures", toPictures);
            safety?.Free();
            var result = new StageResult(stage, images, [.. pictures.Select((p, i) => new CascadePicture(p, Describe(stage, request, p, i, pictures.Count)))]);
            report.Report(new CascadeEvent.StageFinished(result));
            return result;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    private PictureInfo Describe(int stage, CascadeRequest request, Picture picture, int index, int count)
    {
        var prompt = index / request.ImagesPerPrompt;
        return new()
        {
            Prompt = request.PromptTexts.ElementAtOrDefault(prompt) ?? "",
            NegativePrompt = request.NegativePromptTexts.ElementAtOrDefault(request.NegativePromptTexts.Count == 1 ? 0 : prompt) ?? "",
            Seed = request.ImageSeeds?[index] ?? request.Seed,
            ReseedStages = request.ReseedStages,
            Stage = stage,
            Index = index,
            BatchSize = count,
            Width = picture.Image.Width,
            Height = picture.Image.Height,
            Stages = [.. Enumerable.Range(1, stage).Select(s => DescribeStage(s, request))],
            NsfwDetected = picture.NsfwDetected,
            WatermarkDetected = picture.WatermarkDetected,
            Software = PictureInfo.ThisSoftware,
        };
    }

    private StageInfo DescribeStage(int stage, CascadeRequest request)
    {
        var (folder, scheduler, overrides, options, noiseLevel) = stage switch
        {
            1 => (_stage1.Components.Folder, _stage1.Scheduler, request.SchedulerOverrides.Stage1, (DiffusionOptions)request.Stage1, (int?)null),
            2 => (_stage2!.Components.Folder, _stage2.Scheduler, request.SchedulerOverrides.Stage2, request.Stage2, request.Stage2.NoiseLevel),
            _ => (_stage3!.Components.Folder, _stage3.Scheduler, request.SchedulerOverrides.Stage3, request.Stage3, request.Stage3.NoiseLevel),
        };
        return new()
        {
            Stage = stage,
            Checkpoint = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path))),
            Scheduler = scheduler.GetType().Name,
            SchedulerOverrides = overrides?.ToString(),
            Steps = scheduler.Timesteps.Count,
            Timesteps = options.Timesteps,
            GuidanceScale = options.GuidanceScale,
            NoiseLevel = noiseLevel,
            DType = _options.Load.EffectiveDType.ToString().ToLowerInvariant(),
            Device = _options.Load.Device.type.ToString().ToLowerInvariant(),
        };
    }

    private void SetSchedulers(CascadeRequest request)
    {
        var (names, overrides) = (request.SchedulerNames, request.SchedulerOverrides);
        _stage1.Scheduler = Make(names.Stage1, overrides.Stage1, _stage1.Components.SchedulerConfig);
        if (_stage2 is not null)
            _stage2.Scheduler = Make(names.Stage2, overrides.Stage2, _stage2.Components.SchedulerConfig);
        if (_stage3 is not null)
            _stage3.Scheduler = Make(names.Stage3, overrides.Stage3, _stage3.Components.SchedulerConfig);

        static IScheduler Make(string? name, SchedulerOverrides? overrides, SchedulerConfig config)
        {
            config = overrides?.ApplyTo(config) ?? config;
            return name is null ? SchedulerFactory.Create(config) : SchedulerFactory.Create(name, config);
        }
    }

    // What a later stage cannot do is said before the first one has spent minutes.
    private void CheckSampling(CascadeRequest request)
    {
        Check("I", () => _stage1.Scheduler.SetTimesteps(request.Stage1));
        if (_stage2 is not null)
            Check("II", () => _stage2.Scheduler.SetTimesteps(request.Stage2));
        if (_stage3 is not null)
        {
            Check("III", () => _stage3.Scheduler.SetTimesteps(request.Stage3));
            _stage3.CheckNoiseLevel(request.Stage3);
        }

        static void Check(string stage, Action check)
        {
            try
            {
                check();
            }
            catch (FloydException e)
            {
                throw new FloydException($"Stage {stage}: {e.Message}", e);
            }
        }
    }

    private IEnumerable<(string Name, bool IsLoaded)> Components()
    {
        var (one, two, three) = (_stage1.Components, _stage2?.Components, _stage3?.Components);
        yield return ("stage 1 text_encoder", one.TextEncoder.IsLoaded);
        yield return ("stage 1 unet", one.UNet.IsLoaded);
        yield return ("stage 1 safety_checker", one.SafetyChecker is { IsLoaded: true });
        yield return ("stage 2 unet", two is { UNet.IsLoaded: true });
        yield return ("stage 2 safety_checker", two?.SafetyChecker is { IsLoaded: true });
        yield return ("stage 3 text_encoder", three is { TextEncoder.IsLoaded: true });
        yield return ("stage 3 unet", three is { UNet.IsLoaded: true });
        yield return ("stage 3 vae", three is { Vae.IsLoaded: true });
    }

    // Schedulers stay: the cascade can be used again after a cancelled run.
    private void FreeAll()
    {
        _stage1.Components.Dispose();
        _stage2?.Components.Dispose();
        _stage3?.Components.Dispose();
    }

    private static Tensor OnCpu(Tensor images)
    {
        if (images.device_type == TorchSharp.DeviceType.CPU)
            return images;
        using (images)
            return images.cpu();
    }
}
