using FloydSharp.IO.Imaging;

namespace FloydSharp.Pipelines;

/// <summary>A finished picture of a stage.</summary>
/// <param name="Image">RGB, with the watermark where one was asked for; black where the safety checker saw something.</param>
/// <param name="NsfwDetected">Whether the safety checker saw unsafe content; null when it did not look.</param>
/// <param name="WatermarkDetected">Whether the safety checker saw a stock photo's watermark; null when it did not look.</param>
public sealed record Picture(ImageBuffer Image, bool? NsfwDetected, bool? WatermarkDetected)
{
    /// <summary>Writes a PNG.</summary>
    /// <param name="path">The file; appears complete or not at all.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    public void Save(string path, bool overwrite = false) => ImageFile.SavePng(path, Image, null, overwrite);
}
