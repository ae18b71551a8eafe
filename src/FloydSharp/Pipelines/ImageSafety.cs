using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Memory;
using FloydSharp.Models.Clip;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The safety checker with its preprocessing. Owns the model.</summary>
public sealed class ImageSafety : IDisposable
{
    private readonly IFSafetyChecker _model;
    private readonly ClipPreprocessorConfig _preprocessor;
    private readonly SafetyRule _rule;

    private ImageSafety(IFSafetyChecker model, ClipPreprocessorConfig preprocessor, SafetyRule rule)
    {
        _model = model;
        _preprocessor = preprocessor;
        _rule = rule;
    }

    /// <summary>Loads the folders <c>safety_checker</c> and <c>feature_extractor</c> of a checkpoint.</summary>
    public static ImageSafety Load(
        string checkerFolder, string extractorFolder, LoadOptions options, SafetyRule? rule = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var preprocessor = ClipPreprocessorConfig.Load(extractorFolder);
        var model = ModelLoader.Fill(
            new IFSafetyChecker(ClipVisionConfig.Load(checkerFolder)), checkerFolder, options, progress, cancellation);
        return new(model, preprocessor, rule ?? SafetyRule.Diffusers);
    }

    /// <summary>Looks at pictures and replaces those with a finding by black or blurred ones.</summary>
    public IReadOnlyList<Picture> Check(IReadOnlyList<ImageBuffer> images)
    {
        List<Picture> pictures = [];
        using var noGrad = no_grad();
        foreach (var image in images)
        {
            using var scope = NewDisposeScope();
            var pixels = tensor(ClipPreprocessor.Preprocess(image, _preprocessor), [1, 3, _preprocessor.CropHeight, _preprocessor.CropWidth]);
            using var scores = Look(pixels);
            var (nsfw, watermark) = (scores.Nsfw(_rule.Threshold)[0], scores.Watermark(_rule.Threshold)[0]);
            var shown = !nsfw && !watermark ? image : _rule.Blur ? HeavyBlur.Apply(image) : new ImageBuffer(image.Width, image.Height, 3);
            pictures.Add(new(shown, nsfw, watermark));
        }

        return pictures;
    }

    private SafetyScores Look(Tensor pixels)
    {
        while (true)
        {
            try
            {
                return _model.forward(pixels.to(_model.DType, _model.Device));
            }
            catch (Exception e) when (OutOfMemory.Is(e))
            {
                if (!_model.TryShrink())
                    throw new FloydException("The memory ran out, even with all of the safety checker's weights streamed; free memory on the device.", e);
            }
        }
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => _model.Dispose();
}
