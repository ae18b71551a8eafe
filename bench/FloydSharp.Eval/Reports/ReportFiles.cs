using System.Text.Json;
using FloydSharp.Eval.Generation;
using FloydSharp.IO;

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
        WholeFile.Write(Path.Combine(folder, "report.md"), report, overwrite);
        WholeFile.Write(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(results, Json), overwrite);
        if (shown.Count > 0)
            WholeFile.Write(Path.Combine(folder, "sheet.png"), SheetFile.Encode([.. shown.Select(s => s.Pictures[^1])], [.. shown.Select(s => s.Prompt.Prompt)]), overwrite);
    }

    /// <summary>Fails before long work when the folder holds a report.</summary>
    public static void CheckFree(string folder, bool overwrite)
    {
        if (!overwrite && File.Exists(Path.Combine(folder, "report.md")))
            throw new FloydException($"The folder '{folder}' holds a report; choose another folder or give --overwrite.");
    }
}
