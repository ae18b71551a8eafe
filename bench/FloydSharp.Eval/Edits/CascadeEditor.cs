using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Schedulers;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Edits;

/// <summary>Inpainting and variation by stages I and II of a folder of models, without watermark: it would change pixels outside the mask.</summary>
internal sealed class CascadeEditor : IPictureEditor
{
    private readonly CascadeRequest _request;
    private readonly double? _strength;
    private readonly IFComponents _one;
    private readonly IFComponents? _two;

    /// <summary>Opens the models.</summary>
    /// <param name="options">Their folders.</param>
    /// <param name="request">Steps, guidance and schedulers are taken from it.</param>
    /// <param name="load">Device and dtype.</param>
    /// <param name="strength">Strength of variations at stage I; the pipeline's when null.</param>
    public CascadeEditor(CascadeOptions options, CascadeRequest request, LoadOptions load, double? strength)
    {
        var components = new IFComponentsOptions { Load = load, Watermark = false, SafetyChecker = false };
        (_request, _strength) = (request, strength);
        _one = IFComponents.Open(options.Stage1 ?? throw new FloydException("Edits are measured from stage I on: name its folder."), components);
        _two = options.Stage2 is { } two ? IFComponents.Open(two, components) : null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ImageBuffer> Edit(IReadOnlyList<EditCase> cases)
    {
        using var scope = NewDisposeScope();
        var pictures = cases.Select(c => c.Picture()).ToArray();
        var side = _one.SampleSize;
        var small = ImageTensors.FromImages([.. pictures.Select(p => Resampler.Resize(p, side, side, ResampleFilter.Box))]); // (B, 3, 64, 64)
        var large = ImageTensors.FromImages(pictures);                        // (B, 3, 256, 256)
        var guided = ClassifierFreeGuidance.IsOn(_request.Stage1.GuidanceScale) || ClassifierFreeGuidance.IsOn(_request.Stage2.GuidanceScale);
        using var text = _one.TextEncoder.Load().Encode([.. cases.Select(c => c.Prompt)], null, cleanCaption: true, guided);
        using var noise = NoiseSource.PerImage([.. cases.Select(c => (long)c.Id)]);
        var result = cases[0].IsInpainting
            ? Inpaint(small, large, Masks(cases, side), Masks(cases, EditCase.Side), text, noise)
            : Vary(small, large, text, noise);
        return ImageTensors.ToImages(result.cpu());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _one.Dispose();
        _two?.Dispose();
    }

    private static Tensor Masks(IReadOnlyList<EditCase> cases, int side) => ImageTensors.FromMasks([.. cases.Select(c => c.MaskPicture(side))]);

    private Tensor Inpaint(Tensor small, Tensor large, Tensor smallMasks, Tensor largeMasks, PromptEmbeddings text, NoiseSource noise)
    {
        using var first = new IFInpaintingPipeline(_one);
        first.Scheduler = Scheduler(1, _one);
        var options = new IFInpaintingOptions { NumInferenceSteps = _request.Stage1.NumInferenceSteps, GuidanceScale = _request.Stage1.GuidanceScale };
        var painted = first.Generate(small, smallMasks, text, noise, options);
        if (_two is null)
            return painted;
        using var second = new IFInpaintingSuperResolutionPipeline(_two);
        second.Scheduler = Scheduler(2, _two);
        return second.Generate(painted, large, largeMasks, text, noise, new()
        {
            NumInferenceSteps = _request.Stage2.NumInferenceSteps,
            GuidanceScale = _request.Stage2.GuidanceScale,
            Strength = 1,
            NoiseLevel = _request.Stage2.NoiseLevel,
        });
    }

    private Tensor Vary(Tensor small, Tensor large, PromptEmbeddings text, NoiseSource noise)
    {
        using var first = new IFImg2ImgPipeline(_one);
        first.Scheduler = Scheduler(1, _one);
        var options = new IFImg2ImgOptions { NumInferenceSteps = _request.Stage1.NumInferenceSteps, GuidanceScale = _request.Stage1.GuidanceScale };
        var varied = first.Generate(small, text, noise, options with { Strength = _strength ?? options.Strength });
        if (_two is null)
            return varied;
        using var second = new IFImg2ImgSuperResolutionPipeline(_two);
        second.Scheduler = Scheduler(2, _two);
        return second.Generate(varied, large, text, noise, new()
        {
            NumInferenceSteps = _request.Stage2.NumInferenceSteps,
            GuidanceScale = _request.Stage2.GuidanceScale,
            Strength = 1,
            NoiseLevel = _request.Stage2.NoiseLevel,
        });
    }

    private IScheduler Scheduler(int stage, IFComponents components)
    {
        var (name, changes) = stage == 1
            ? (_request.SchedulerNames.Stage1, _request.SchedulerOverrides.Stage1)
            : (_request.SchedulerNames.Stage2, _request.SchedulerOverrides.Stage2);
        var config = changes?.ApplyTo(components.SchedulerConfig) ?? components.SchedulerConfig;
        return name is null ? SchedulerFactory.Create(config) : SchedulerFactory.Create(name, config);
    }
}
