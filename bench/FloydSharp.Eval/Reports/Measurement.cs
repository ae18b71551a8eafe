using System.Globalization;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Generation;
using FloydSharp.Eval.Prompts;
using FloydSharp.IO;

namespace FloydSharp.Eval.Reports;

/// <summary>Measures a run's pictures and writes the report beside them.</summary>
internal static class Measurement
{
    /// <summary>Runs all measures.</summary>
    /// <param name="folder">Where run.json and the pictures are.</param>
    /// <param name="weights">The analyser's weights, or null.</param>
    /// <param name="overwrite">Whether a report is replaced.</param>
    /// <param name="output">Where the report is printed.</param>
    /// <exception cref="FloydException">The folder holds no run, or a report that must stay.</exception>
    public static void Run(string folder, string? weights, bool overwrite, TextWriter output)
    {
        ReportFiles.CheckFree(folder, overwrite);
        var record = RunRecord.Read(folder);
        using var analyser = new SceneAnalyser(weights);
        var results = new List<Measured>();
        var shown = new List<Sample>();
        var sheet = SheetChoice(record);
        foreach (var chunk in record.Samples.Chunk(16))
        {
            var samples = new Sample[chunk.Length];
            Parallel.For(0, chunk.Length, i => samples[i] = Load(folder, chunk[i]));
            results.AddRange(Instruments.Measure(samples, analyser).Zip(chunk, (m, s) => m with { Faithfulness = s.Faithfulness }));
            shown.AddRange(samples.Where(s => s.Seed == SampleGenerator.SeedOf(s.Prompt.Id, 1) && sheet.Contains(s.Prompt.Id)).Select(s => s with { Pictures = [s.Pictures[^1]] }));
        }

        var report = ReportText.Of("Do the pictures show what the prompts say?", Note(record), results);
        output.Write(report);
        ReportFiles.Write(folder, report, results, shown, overwrite);
    }

    private static Sample Load(string folder, SampleRecord record) => PromptSet.ById.TryGetValue(record.Id, out var prompt)
        ? new(prompt, record.Seed, [.. record.Files.Select(f => PictureStore.Load(folder, f))])
        : throw new FloydException($"{RunRecord.FileName} in '{folder}' has a prompt {record.Id}, which this program does not know; measure with the version that made it.");

    // A sheet that the eye takes in: some of each group, and all that are only shown.
    private static HashSet<int> SheetChoice(RunRecord record)
    {
        var prompts = record.Samples.Select(s => s.Id).Distinct().Select(id => PromptSet.ById.GetValueOrDefault(id)).OfType<HeldOutPrompt>();
        return [.. prompts.GroupBy(p => p.Group).SelectMany(g => g.Where((_, i) => g.Key == NaturalPrompts.Shown || i % Math.Max(1, (g.Count() + 4) / 5) == 0)).Select(p => p.Id)];
    }

    private static string Note(RunRecord record)
    {
        var prompts = record.Samples.Select(s => s.Id).Distinct().Count();
        var stages = record.Stages.Select(s => string.Create(
            CultureInfo.InvariantCulture,
            $"| {s.Stage} | {s.Scheduler} | {s.Steps} | {s.Guidance:0.##} | {(s.NoiseLevel is { } n ? n.ToString(CultureInfo.InvariantCulture) : "-")} | {s.Seconds:0.00} s |"));
        return $"{record.Samples.Count} pictures of {prompts} prompts that training has not seen. The instruments' own errors: floyd-eval truth.\n\n"
            + "| Stage | Scheduler | Steps | Guidance | Noise level | Time per picture |\n|---|---|---|---|---|---|\n" + string.Join('\n', stages)
            + $"\n\nTimes on {record.Device}, {record.Batch} pictures at a time, weights being read included.";
    }
}
