using System.CommandLine;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using FloydSharp.Eval.Reports;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Commands;

/// <summary>Runs the measures on rendered pictures of the prompts: what the instruments can see at best.</summary>
internal static class TruthCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out") { Description = "Folder of the report; printed alone when left out." };
        var limit = new Option<int>("--limit") { Description = "The first so many prompts.", DefaultValueFactory = _ => int.MaxValue };
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a report." };
        var misses = new Option<bool>("--misses") { Description = "Print what was misread and what was judged wrong." };
        var command = new Command("truth", "Measures rendered pictures of the prompts: the instruments' own errors.") { output, limit, weights, overwrite, misses };
        return command.Does(parse =>
        {
            if (parse.GetValue(output) is { } folder)
                ReportFiles.CheckFree(folder, parse.GetValue(overwrite));
            using var analyser = new SceneAnalyser(parse.GetValue(weights));
            var prompts = HeldOutPrompt.All.Take(parse.GetValue(limit)).Select(p => (Prompt: p, Scene: p.Scene!)).ToArray();
            var results = new List<Measured>();
            var shown = new List<Sample>();
            foreach (var chunk in prompts.Chunk(50))
            {
                var samples = new Sample[chunk.Length];
                Parallel.For(0, chunk.Length, i => samples[i] = new(
                    chunk[i].Prompt, chunk[i].Scene.Seed, [SceneRenderer.Render(chunk[i].Scene, 64), SceneRenderer.Render(chunk[i].Scene, 256), SceneRenderer.Render(chunk[i].Scene, 1024)]));
                results.AddRange(Instruments.Measure(samples, analyser));
                shown.AddRange(samples.Where(s => s.Prompt.Id % 3 == 0).Select(s => s with { Pictures = [s.Pictures[1]] }));
            }

            var report = ReportText.Of("The instruments on rendered pictures", $"{prompts.Length} held-out prompts, drawn by the renderer itself.", results);
            var writer = parse.InvocationConfiguration.Output;
            writer.Write(report);
            if (parse.GetValue(misses))
                Misses.Print(results, writer);
            if (parse.GetValue(output) is { } target)
                ReportFiles.Write(target, report, results, shown, parse.GetValue(overwrite));
            return 0;
        });
    }
}
