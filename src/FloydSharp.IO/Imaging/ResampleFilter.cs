namespace FloydSharp.IO.Imaging;

/// <summary>The resampling filters, with the numbers Pillow and <c>preprocessor_config.json</c> give them.</summary>
public enum ResampleFilter
{
    /// <summary>The sample whose cell holds the centre of the new pixel.</summary>
    Nearest = 0,

    /// <summary>Windowed sinc of three lobes.</summary>
    Lanczos = 1,

    /// <summary>Triangle of radius 1.</summary>
    Bilinear = 2,

    /// <summary>Cubic convolution with a = -0.5, radius 2.</summary>
    Bicubic = 3,

    /// <summary>Plain average, radius 0.5.</summary>
    Box = 4,

    /// <summary>Hamming-windowed sinc of radius 1.</summary>
    Hamming = 5,
}
