using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>How a given picture goes into the stages, and how what they make goes back into its geometry.</summary>
internal sealed class StartFrame
{
    // With mirrored edges, and before they are cut off again.
    private const long MostPadded = 2 * ImageFile.DefaultMaxPixels;

    private readonly CascadeStart _start;
    private readonly PictureWindow _window;
    private readonly ImageBuffer _opaque;
    private readonly ImageBuffer? _mask;
    private readonly double? _scale;
    private readonly int _stage1Width;

    /// <summary>Works the frame out and checks it, before anything is loaded.</summary>
    /// <param name="start">The picture.</param>
    /// <param name="sizes">The stages' sizes.</param>
    /// <param name="lastStage">The stage whose result goes back.</param>
    /// <param name="factor">How many times larger the stages that run make a picture that is enlarged.</param>
    /// <exception cref="FloydException">The mask marks nothing that is seen, or the result is too large.</exception>
    public StartFrame(CascadeStart start, StageSizes sizes, int lastStage, int factor)
    {
        (_start, LastStage, _stage1Width) = (start, lastStage, sizes.Stage1.Width);
        var picture = start.Picture;
        var (width, height) = start.FirstStage == 3 ? sizes.Stage2 : sizes.Stage1;
        _window = start is CascadeStart.Enlargement ? new(0, 0, width, height) : start.Region.Fit(width, height, start.FitMode);
        _scale = start switch
        {
            CascadeStart.Variation variation => variation.Scale,
            CascadeStart.Inpainting => 1,
            CascadeStart.Enlargement enlargement => enlargement.Scale ?? factor,
            _ => null,
        };
        if (start is CascadeStart.Enlargement { Scale: { } scale } && scale > factor)
            throw new FloydException($"The picture is to be enlarged {scale} times, but the stages that run make it {factor} times larger; give {factor}, or further stages.");
        var largest = (start is CascadeStart.Enlargement ? factor : _scale) ?? 1;
        CheckSize(largest, picture);
        if ((double)_window.Width * _window.Height * Math.Max(1, largest * largest) > MostPadded)
            throw new FloydException($"A picture of {picture.Width}x{picture.Height} is too long and thin to be padded; crop it.");

        _opaque = PictureAlpha.Compose(picture, start.Background);
        if (start is CascadeStart.Inpainting inpainting)
            CheckMask(_mask = inpainting.SharpMask());
    }

    /// <summary>The stage whose result goes back into the picture's geometry.</summary>
    public int LastStage { get; }

    /// <summary>The picture that a stage starts from.</summary>
    /// <returns>(1, 3, H, W), float32 on the CPU, in [-1, 1]; owned by the caller.</returns>
    public Tensor Picture((int Width, int Height) size) => ImageTensors.FromImages([_window.Take(_opaque, size.Width, size.Height)]);

    /// <summary>The mask of a stage.</summary>
    /// <returns>(1, 1, H, W), float32 on the CPU, 0 or 1; owned by the caller.</returns>
    public Tensor Mask((int Width, int Height) size) => ImageTensors.FromMasks([MaskEdge.Take(_mask!, _window, size.Width, size.Height)]);

    /// <summary>The picture that is enlarged, RGB, its sides multiples.</summary>
    public ImageBuffer Small((int Width, int Height) size) => _window.Take(_opaque, size.Width, size.Height);

    /// <summary>Brings the last stage's pictures to the given one's geometry.</summary>
    /// <param name="made">The stage's pictures, RGB.</param>
    /// <param name="mark">Draws the watermark; what is pasted shows it under the mask only.</param>
    public IReadOnlyList<Picture> Finish(IReadOnlyList<Picture> made, Func<IReadOnlyList<Picture>, IReadOnlyList<Picture>> mark)
    {
        var (width, height) = (_start.Picture.Width, _start.Picture.Height);
        var marked = mark([.. made.Select(p => p with { Image = _window.PutBack(p.Image, width, height, _scale) })]);
        if (_start is CascadeStart.Inpainting inpainting)
        {
            var visible = _window.Visible(width, height);
            var weights = inpainting.Feather is { } feather ? MaskEdge.Weights(_mask!, visible, feather) : MaskEdge.SoftWeights(_mask!, visible, UsualFeather);
            return [.. marked.Select(p => p with { Image = PicturePaste.Apply(_start.Picture, p.Image, weights, visible.X, visible.Y) })];
        }

        return _start.RestoresAlpha && PictureAlpha.Of(_start.Picture) is { } alpha ? [.. marked.Select(p => WithAlpha(p, alpha))] : marked;
    }

    // One pixel of stage I's picture, whose colours are all that the stages agree on at the edge.
    private int UsualFeather => Math.Clamp(_window.Width / _stage1Width, 1, MaskEdge.MaxFeather);

    private Picture WithAlpha(Picture picture, ImageBuffer alpha)
    {
        var visible = _window.Visible(alpha.Width, alpha.Height);
        var resized = visible.Take(alpha, picture.Image.Width, picture.Image.Height);
        return picture with { Image = PictureAlpha.Restore(picture.Image, resized, _start.Background) };
    }

    private void CheckMask(ImageBuffer mask)
    {
        if (PictureWindow.Marked(mask) is not { } marked)
            throw new FloydException("The mask marks nothing; paint white what is to be repainted.");
        var visible = _window.Visible(mask.Width, mask.Height);
        if (marked.X < visible.X || marked.Y < visible.Y || marked.X + marked.Width > visible.X + visible.Width || marked.Y + marked.Height > visible.Y + visible.Height)
            throw new FloydException("The mask reaches into edges that are cut off; fit or pad the picture instead of cropping it.");
    }

    private static void CheckSize(double scale, ImageBuffer picture)
    {
        var (width, height) = (picture.Width * scale, picture.Height * scale);
        if (width * height > ImageFile.DefaultMaxPixels)
            throw new FloydException($"A picture of {picture.Width}x{picture.Height} would become {width:F0}x{height:F0}; at most {ImageFile.DefaultMaxPixels / 1_000_000} million pixels are made. Choose a smaller scale or picture.");
    }
}
