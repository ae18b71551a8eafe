using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>What a stage enlarges: the stage before's tensor, or pictures, of which parts become tensors when they are needed.</summary>
internal sealed class SmallPictures
{
    private readonly Tensor? _images;
    private readonly IReadOnlyList<ImageBuffer> _pictures = [];
    private readonly int _repeats = 1;

    /// <summary>What a stage made.</summary>
    /// <param name="images">(B, 3, h, w), float32. Not owned.</param>
    public SmallPictures(Tensor images) => (_images, Width, Height) = (images, (int)images.shape[3], (int)images.shape[2]);

    /// <summary>Finished pictures.</summary>
    /// <param name="pictures">RGB, all of one size.</param>
    public SmallPictures(IReadOnlyList<ImageBuffer> pictures) => (_pictures, Width, Height) = (pictures, pictures[0].Width, pictures[0].Height);

    /// <summary>A picture that was given.</summary>
    /// <param name="picture">RGB.</param>
    /// <param name="results">How many results it has.</param>
    public SmallPictures(ImageBuffer picture, int results)
        : this([picture]) => _repeats = results;

    /// <summary>Pixels per row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>How many results there are.</summary>
    public int Count => _images is null ? _pictures.Count * _repeats : (int)_images.shape[0];

    /// <summary>All of the pictures.</summary>
    /// <returns>(B, 3, h, w), float32, around [-1, 1]; owned by the caller.</returns>
    public Tensor Whole() => Part(new(0, 0, Width, Height));

    /// <summary>The same part of all pictures.</summary>
    /// <returns>(B, 3, h, w), float32, around [-1, 1]; owned by the caller.</returns>
    public Tensor Part(PictureWindow part)
    {
        using var scope = NewDisposeScope();
        var images = _images?.narrow(2, part.Y, part.Height).narrow(3, part.X, part.Width)
            ?? ImageTensors.FromImages([.. _pictures.Select(p => p.Crop(part.X, part.Y, part.Width, part.Height))]).repeat(_repeats, 1, 1, 1);
        return images.MoveToOuterDisposeScope();                              // (B, 3, h, w)
    }
}
