using System.Text.Json;

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
    public static ClipPreprocessorConfig Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            path = Path.Combine(path, "preprocessor_config.json");
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FloydException($"Cannot read {path}: {e.Message}", e);
        }
    }

    /// <summary>Parses the JSON text; keys it lacks take the defaults.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="name">What to call the file in errors.</param>
    /// <exception cref="FloydException">Not JSON, or a value is unsupported; the message names it.</exception>
    public static ClipPreprocessorConfig Parse(ReadOnlySpan<byte> json, string name = "preprocessor_config.json")
    {
        try
        {
            var file = JsonSerializer.Deserialize(json, ClipPreprocessorJsonContext.Default.ClipPreprocessorJson)
                ?? throw new FloydException($"{name} is null; expected a JSON object.");
            return file.ToConfig(name);
        }
        catch (JsonException e)
        {
            var place = e.Path is { Length: > 0 } path ? $" at {path}" : string.Empty;
            throw new FloydException($"{name} is not a CLIP preprocessor configuration: unexpected JSON{place}. Fetch the file again.", e);
        }
    }

    /// <summary>Checks all values.</summary>
    /// <param name="name">What to call the configuration in errors.</param>
    /// <exception cref="FloydException">A value is out of range; the message names it.</exception>
    public void Validate(string name = "The CLIP preprocessor configuration")
    {
        const int largest = 4096;
        if (ShortestEdge is null && (ResizeHeight is null || ResizeWidth is null))
            throw new FloydException($"{name}: size needs shortest_edge, or height and width.");
        foreach (var (key, value) in new[] { ("size.shortest_edge", ShortestEdge), ("size.height", ResizeHeight), ("size.width", ResizeWidth), ("crop_size.height", CropHeight), ("crop_size.width", CropWidth) })
        {
            if (value is < 1 or > largest)
                throw new FloydException($"{name}: {key} is {value}; expected 1 to {largest}.");
        }

        if (Mean.Count != 3 || !Mean.All(double.IsFinite))
            throw new FloydException($"{name}: image_mean must be three finite numbers.");
        if (Std.Count != 3 || !Std.All(v => double.IsFinite(v) && v > 0))
            throw new FloydException($"{name}: image_std must be three positive numbers.");
        if (!double.IsFinite(RescaleFactor) || RescaleFactor <= 0)
            throw new FloydException($"{name}: rescale_factor is {RescaleFactor}; expected a positive number.");
        if (Resample is not (ResampleFilter.Nearest or ResampleFilter.Bilinear or ResampleFilter.Bicubic))
            throw new FloydException($"{name}: resample is {(int)Resample}; supported are 0 (nearest), 2 (bilinear) and 3 (bicubic).");
    }
}
