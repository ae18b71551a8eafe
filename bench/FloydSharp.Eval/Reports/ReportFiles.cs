using System.Text.Json;
using FloydSharp.Eval.Generation;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Reports;

/// <summary>Writes report.md, results.json and sheet.png.</summary>
internal static class ReportFiles
{
    private const int SheetBytes = 600_000;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Writes the three files into a folder, which is made.</summary>
    /// <exception cref="FloydException">A file exists already and must not be replaced.</exception>
    public static void Write(string folder, string report, IReadOnlyList<Measured> results, IReadOnlyList<Sample> shown, bool overwrite)
    {
        Directory.CreateDirectory(folder);
        WholeFile.Write(Path.Combine(folder, "report.md"), report, overwrite);
        WholeFile.Write(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(results, Json), overwrite);
        if (shown.Count > 0)
            WholeFile.Write(Path.Combine(folder, "sheet.png"), Sheet(shown), overwrite);
    }

    /// <summary>Fails before long work when the folder holds a report.</summary>
    public static void CheckFree(string folder, bool overwrite)
    {
        if (!overwrite && File.Exists(Path.Combine(folder, "report.md")))
            throw new FloydException($"The folder '{folder}' holds a report; choose another folder or give --overwrite.");
    }

    // As large as the limit allows.
    private static byte[] Sheet(IReadOnlyList<Sample> shown)
    {
        string[] captions = [.. shown.Select(s => s.Prompt.Prompt)];
        for (var side = 176; ; side -= 16)
        {
            ImageBuffer[] pictures = [.. shown.Select(s => Coarser(Resampler.Resize(s.Pictures[^1], side, side, ResampleFilter.Bicubic)))];
            var png = ImageFile.EncodePng(SceneSheet.Compose(pictures, captions, columns: 8));
            if (png.Length <= SheetBytes || side <= 80)
                return png;
        }
    }

    // 6 bits per channel: the eye hardly sees it, and the file is half as large.
    private static ImageBuffer Coarser(ImageBuffer picture)
    {
        foreach (ref var value in picture.Pixels.AsSpan())
            value = (byte)Math.Min(255, (value + 2) & ~3);
        return picture;
    }
}
