using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.IO.Safetensors;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The visible mark in the lower right corner, as a checkpoint's <c>watermarker</c> folder holds it.</summary>
public sealed class Watermarker
{
    private const int Side = 62;

    private readonly ImageBuffer _mark;

    private Watermarker(ImageBuffer mark) => _mark = mark;

    /// <summary>Reads the mark.</summary>
    /// <exception cref="FloydException">The file is missing or damaged.</exception>
    public static Watermarker Load(string folder)
    {
        using var weights = WeightSet.Open(folder, variant: WeightVariant.Choose(folder, new()));
        if (!weights.TryGet("watermark_image", out var location) || !location.Entry.Shape.SequenceEqual([Side, Side, 4]))
            throw new FloydException($"The watermarker in {folder} holds no watermark_image of shape [62, 62, 4]; download it again.");
        using var scope = NewDisposeScope();
        var pixels = TensorFile.Read(location.File, location.Entry).to(ScalarType.Float32).Clamp(0, 255).to(ScalarType.Byte).contiguous();
        return new(new ImageBuffer(Side, Side, 4, pixels.data<byte>().ToArray()));
    }

    /// <summary>Draws the mark onto pictures.</summary>
    /// <param name="pictures">RGB; left as they are.</param>
    /// <param name="sampleSize">The size the mark was made for: the UNet's sample size; 128 for stage III.</param>
    /// <returns>New pictures with the mark.</returns>
    public IReadOnlyList<Picture> Apply(IReadOnlyList<Picture> pictures, int sampleSize) =>
        [.. pictures.Select(p => p with { Image = Watermark.Apply(p.Image, _mark, sampleSize) })];
}
