using System.CommandLine;
using System.Diagnostics;
using FloydSharp.Cascade;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using FloydSharp.Eval.Reading;
using FloydSharp.Eval.Reports;
using FloydSharp.IO;

namespace FloydSharp.Eval.Commands;

/// <summary>Generates the prompts' pictures and measures them.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var models = new Option<string>("--models") { Description = "Folder with stage1, and stage2 and stage3 where they are.", Required = true };
        var output = new Option<string>("--out") { Description = "Folder of the report.", Required = true };
        var seeds = new Option<int>("--seeds") { Description = "Pictures per prompt.", DefaultValueFactory = _ => 1 };
        var limit = new Option<int>("--limit") { Description = "So many prompts, spread over the list.", DefaultValueFactory = _ => 200 };
        var stages = new Option<int>("--stages") { Description = "Last stage, 1 to 3; the last there is when left out.", DefaultValueFactory = _ => 3 };
        var schedulers = new Option<string?>("--scheduler") { Description = "Scheduler of stages I and II, such as dpm++; the checkpoint's when left out." };
        var steps = new Option<int[]>("--steps") { Description = "Steps of the stages; the defaults when left out.", AllowMultipleArgumentsPerToken = true };
        var guidance = new Option<double?>("--guidance") { Description = "Guidance of stage I." };
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a report." };
        var command = new Command("run", "Generates the held-out prompts, measures the pictures, and writes report.md, results.json and sheet.png.")
            { models, output, seeds, limit, stages, schedulers, steps, guidance, weights, overwrite };
        return command.Does(parse =>
        {
            var folder = parse.GetRequiredValue(output);
            ReportFiles.CheckFree(folder, parse.GetValue(overwrite));
            Tesseract.Require();
            using var analyser = new SceneAnalyser(parse.GetValue(weights));
            using var cascade = Open(parse.GetRequiredValue(models), parse.GetValue(stages));
            var scheduler = parse.GetValue(schedulers);
            var request = WithSteps(new CascadeRequest { SchedulerNames = (scheduler, scheduler, null) }, parse.GetValue(steps) ?? []);
            if (parse.GetValue(guidance) is { } scale)
                request = request with { Stage1 = request.Stage1 with { GuidanceScale = scale } };

            var (results, shown, clock) = (new List<Measured>(), new List<Sample>(), Stopwatch.StartNew());
            var writer = parse.InvocationConfiguration.Output;
            foreach (var chunk in Spread(parse.GetValue(limit)).SelectMany(p => Enumerable.Range(1, parse.GetValue(seeds)).Select(s => (Prompt: p, Seed: s))).Chunk(8))
            {
                using var made = cascade.Generate(request with { Prompts = [.. chunk.Select(c => c.Prompt.Prompt)], ImageSeeds = [.. chunk.Select(c => (long)c.Seed)] });
                Sample[] samples = [.. chunk.Select((c, i) => new Sample(c.Prompt, c.Seed, [.. made.Stages.Select(s => s.Pictures[i].Picture.Image)]))];
                results.AddRange(Instruments.Measure(samples, analyser));
                shown.AddRange(samples.Where(s => s.Seed == 1 && shown.Count < 64));
                writer.WriteLine($"{results.Count} pictures, {clock.Elapsed.TotalMinutes:f1} min");
            }

            var note = $"{results.Count} pictures of held-out prompts, stages I to {cascade.LastStage}, {parse.GetValue(seeds)} per prompt. The instruments' own errors: floyd-eval truth.";
            var report = ReportText.Of("Do the pictures show what the prompts say?", note, results);
            writer.Write(report);
            ReportFiles.Write(folder, report, results, shown, parse.GetValue(overwrite));
            return 0;
        });
    }

    private static IFCascade Open(string folder, int last)
    {
        string? Stage(int number)
        {
            var path = Path.Combine(folder, $"stage{number}");
            return number <= last && File.Exists(Path.Combine(path, "model_index.json")) ? path : null;
        }

        var two = Stage(2);
        return IFCascade.Open(new()
        {
            Stage1 = Stage(1) ?? throw new FloydException($"The folder '{folder}' has no stage1/model_index.json; expected the folder that holds stage1, stage2 and stage3."),
            Stage2 = two,
            Stage3 = two is null ? null : Stage(3),
        });
    }

    private static IEnumerable<HeldOutPrompt> Spread(int limit)
    {
        var all = HeldOutPrompt.All;
        var count = Math.Clamp(limit, 1, all.Count);
        return Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Count / count)]);
    }

    private static CascadeRequest WithSteps(CascadeRequest request, int[] steps) => steps.Length == 0 ? request : request with
    {
        Stage1 = request.Stage1 with { NumInferenceSteps = steps[0] },
        Stage2 = request.Stage2 with { NumInferenceSteps = steps[Math.Min(1, steps.Length - 1)] },
        Stage3 = request.Stage3 with { NumInferenceSteps = steps[^1] },
    };
}
