using FloydSharp.IO.Json;

namespace FloydSharp.IO.Imaging;

/// <summary>What <c>preprocessor_config.json</c> of a CLIP image processor says. The defaults are those of the published CLIP models.</summary>
public sealed record ClipPreprocessorConfig
{
    /// <summary>The shorter side after resizing, in pixels; null where <see cref="ResizeHeight"/> and <see cref="ResizeWidth"/> are given.</summary>
    public int? ShortestEdge { get; init; } = 224;

    /// <summary>The exact height after resizing, in pixels; used when <see cref="ShortestEdge"/> is null.</summary>
    public int? ResizeHeight { get; init; }

    /// <summary>The exact width after resizing, in pixels; used when <see cref="ShortestEdge"/> is null.</summary>
    public int? ResizeWidth { get; init; }

    /// <summary>Rows cut out of the middle.</summary>
    public int CropHeight { get; init; } = 224;

    /// <summary>Columns cut out of the middle.</summary>
    public int CropWidth { get; init; } = 224;

    /// <summary>What samples (0 to 255) are multiplied by.</summary>
    public double RescaleFactor { get; init; } = 1 / 255.0;

    /// <summary>Mean of red, green, blue after rescaling.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>Standard deviation of red, green, blue after rescaling.</summary>
    public IReadOnlyList<double> Std { get; init; } = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>The filter to resize with: nearest, bilinear or bicubic.</summary>
    public ResampleFilter Resample { get; init; } = ResampleFilter.Bicubic;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A <c>preprocessor_config.json</c>, or the folder that holds it.</param>
    /// <exception cref="FloydException">The file cannot be read, or see <see cref="Parse"/>.</exception>
    public static ClipPreprocessorConfig Load(string path) => ClipPreprocessorJson.Read(ConfigFile.Load(path, "preprocessor_config.json"));

    /// <summary>Reads the text of a <c>preprocessor_config.json</c>; keys it lacks take the defaults.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">Not JSON, or a value is unsupported; the message names it.</exception>
    public static ClipPreprocessorConfig Parse(string json, string source = "preprocessor_config.json") =>
        ClipPreprocessorJson.Read(ConfigFile.Parse(json, source));

    /// <summary>Checks all values.</summary>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A value is out of range; the message names it.</exception>
    public void Validate(string source = "The CLIP preprocessor's configuration")
    {
        const int largest = 4096;
        var check = new ConfigCheck(source);
        check.Require(ShortestEdge is not null || (ResizeHeight is not null && ResizeWidth is not null), "size", "incomplete", "shortest_edge, or height and width");
        check.Range("size.shortest_edge", ShortestEdge, 1, largest);
        check.Range("size.height", ResizeHeight, 1, largest);
        check.Range("size.width", ResizeWidth, 1, largest);
        check.Range("crop_size.height", CropHeight, 1, largest);
        check.Range("crop_size.width", CropWidth, 1, largest);
        check.Require(Mean.Count == 3 && Mean.All(double.IsFinite), "image_mean", string.Join(", ", Mean), "three finite numbers");
        check.Require(Std.Count == 3 && Std.All(v => double.IsFinite(v) && v > 0), "image_std", string.Join(", ", Std), "three positive numbers");
        check.Positive("rescale_factor", RescaleFactor);
        check.Require(Resample is ResampleFilter.Nearest or ResampleFilter.Bilinear or ResampleFilter.Bicubic, "resample", (int)Resample, "0 (nearest), 2 (bilinear) or 3 (bicubic)");
    }
}
