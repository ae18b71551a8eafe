namespace FloydSharp.IO.Imaging;

/// <summary>The two reference implementations differ by up to one level, because their fixed-point weights differ.</summary>
internal enum ResampleRounding
{
    /// <summary>Pillow: weights with 22 fraction bits.</summary>
    Pillow,

    /// <summary>torchvision on 8-bit tensors: 16-bit weights.</summary>
    Torchvision,
}
