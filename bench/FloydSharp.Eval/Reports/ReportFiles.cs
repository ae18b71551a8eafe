using System.Text.Json;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Reports;

/// <summary>Writes report.md, results.json and sheet.png.</summary>
internal static class ReportFiles
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Writes the three files into a folder, which is made.</summary>
    /// <exception cref="FloydException">A file exists already and must not be replaced.</exception>
    public static void Write(string folder, string report, IReadOnlyList<Measured> results, IReadOnlyList<Sample> shown, bool overwrite)
    {
        Directory.CreateDirectory(folder);
        Text(Path.Combine(folder, "report.md"), report, overwrite);
        Text(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(results, Json), overwrite);
        if (shown.Count == 0)
            return;
        const int side = 192;
        var pictures = shown.Select(s => Resampler.Resize(s.Pictures[^1], side, side, ResampleFilter.Bicubic)).ToArray();
        ImageFile.SavePng(Path.Combine(folder, "sheet.png"), SceneSheet.Compose(pictures, [.. shown.Select(s => s.Prompt.Prompt)], columns: 8), overwrite: overwrite);
    }

    /// <summary>Fails before long work when the folder holds a report.</summary>
    public static void CheckFree(string folder, bool overwrite)
    {
        if (!overwrite && File.Exists(Path.Combine(folder, "report.md")))
            throw new FloydException($"The folder '{folder}' holds a report; choose another folder or give --overwrite.");
    }

    private static void Text(string path, string content, bool overwrite)
    {
        var temporary = path + ".part";
        File.WriteAllText(temporary, content);
        File.Move(temporary, path, overwrite);
    }
}
