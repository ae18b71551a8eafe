namespace FloydSharp.IO.Imaging;

/// <summary>How a picture comes to a shape that models can make. What comes back has the picture's own shape again.</summary>
public enum PictureFitMode
{
    /// <summary>The whole picture, stretched a little where needed; one that would be stretched much is padded.</summary>
    Fit = 0,

    /// <summary>Edges that the shape has no room for are cut off evenly; nothing is stretched. The result shows the rest.</summary>
    Crop = 1,

    /// <summary>The whole picture, not stretched: mirrored edges fill the shape, and are cut off from the result.</summary>
    Pad = 2,
}
