using System.Globalization;
using System.Text.Json;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Generation;
using FloydSharp.Eval.Reading;
using FloydSharp.Eval.Reports;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Edits;

/// <summary>Measures the edits in a folder; writes edits.md, edits.json and edits.png beside them.</summary>
internal static class EditReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>The name of an edit's picture, without its size.</summary>
    public static string NameOf(EditCase edit) => $"edit-{edit.Id:d2}";

    /// <summary>Whether a folder holds edits.</summary>
    public static bool IsIn(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "edit-??-*.png").Any();

    /// <summary>Measures and writes.</summary>
    /// <exception cref="FloydException">There is nothing to measure, or a report that must stay.</exception>
    public static void Run(string folder, string? weights, bool overwrite, TextWriter output)
    {
        if (!overwrite && File.Exists(Path.Combine(folder, "edits.md")))
            throw new FloydException($"The folder '{folder}' holds a report of edits; choose another folder or give --overwrite.");
        var edits = EditCases.All
            .Select(c => (Case: c, File: Directory.EnumerateFiles(folder, NameOf(c) + "-*.png").FirstOrDefault()))
            .Where(e => e.File is not null).Select(e => (e.Case, Picture: ImageFile.Load(e.File!))).ToArray();
        if (edits.Length == 0)
            throw new FloydException($"The folder '{folder}' has no pictures of edits; make them with floyd-eval edit.");
        using var analyser = new SceneAnalyser(weights);
        var results = EditInstruments.Measure(edits, analyser);
        var report = TextOf(results);
        output.Write(report);
        WholeFile.Write(Path.Combine(folder, "edits.md"), report, overwrite: true);
        WholeFile.Write(Path.Combine(folder, "edits.json"), JsonSerializer.Serialize(results, Json), overwrite: true);
        var shown = edits.Where((_, i) => i % 5 == 0).ToArray();
        WholeFile.Write(Path.Combine(folder, "edits.png"), SheetFile.Encode(
            [.. shown.SelectMany(e => new[] { e.Case.Picture(), e.Picture })],
            [.. shown.SelectMany(e => new[] { e.Case.IsInpainting ? $"\"{e.Case.Before.Sign!.Text}\", its letters masked" : "before", e.Case.Prompt })]), overwrite: true);
    }

    private static string TextOf(IReadOnlyList<EditMeasured> results)
    {
        var painted = results.Where(r => r.Text is not null).ToArray();
        var varied = results.Where(r => r.Text is null).ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Do edits do what they are asked?

            | Asked | Samples | Right |
            |---|---|---|
            | inpainting: the new text is read exactly | {painted.Length} | {Share(painted, r => TextScore.IsExact(r.Text!, r.Read!))} |
            | inpainting: character error rate | {painted.Length} | {(painted.Length == 0 ? "-" : painted.Average(r => TextScore.ErrorRate(r.Text!, r.Read!)).ToString("p0", CultureInfo.InvariantCulture))} |
            | inpainting: nothing changes outside the mask | {painted.Length} | {Share(painted, r => r.Changed == 0)} |
            | variation: the style is the new one | {varied.Length} | {Share(varied, r => r.Style == true)} |
            | variation: the things are where they were (overlap of at least {EditMeasured.Kept}) | {varied.Length} | {Share(varied, r => r.Layout >= EditMeasured.Kept)} |
            | variation: the backdrop is the same | {varied.Length} | {Share(varied, r => r.Backdrop == true)} |
            | variation: all three | {varied.Length} | {Share(varied, r => r.Style == true && r.Backdrop == true && r.Layout >= EditMeasured.Kept)} |

            """);
    }

    private static string Share(EditMeasured[] results, Func<EditMeasured, bool> right) =>
        results.Length == 0 ? "-" : (results.Count(right) / (double)results.Length).ToString("p0", CultureInfo.InvariantCulture);
}
