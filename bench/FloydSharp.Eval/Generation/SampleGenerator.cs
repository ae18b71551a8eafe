using System.Diagnostics;
using FloydSharp.Cascade;
using FloydSharp.Eval.Prompts;
using FloydSharp.Eval.Reports;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Generation;

/// <summary>Generates prompts in batches and keeps the pictures.</summary>
/// <param name="models">What generates. Not disposed.</param>
/// <param name="batch">Pictures made together.</param>
/// <param name="device">What the record calls the device.</param>
/// <param name="log">Where lines go.</param>
internal sealed class SampleGenerator(ModelFolder models, int batch, string device, TextWriter log)
{
    /// <summary>The seed of a prompt's n-th picture, from 1 on: each prompt has noise of its own, or all would share the accidents of one.</summary>
    public static long SeedOf(int id, int n) => (n * 1000L) + id;

    /// <summary>Generates all prompts; writes pictures and run.json.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="seeds">Pictures per prompt. A picture does not depend on its batch.</param>
    /// <param name="folder">Where files go; made.</param>
    public RunRecord Run(IReadOnlyList<HeldOutPrompt> prompts, int seeds, string folder)
    {
        Directory.CreateDirectory(folder);
        var samples = new List<SampleRecord>();
        var seconds = new double[models.Cascade.LastStage + 1];
        StageInfo[] stages = [];
        var clock = Stopwatch.StartNew();
        var work = prompts.SelectMany(p => Enumerable.Range(1, seeds).Select(n => (Prompt: p, Seed: SeedOf(p.Id, n)))).ToArray();
        foreach (var chunk in work.Chunk(batch))
        {
            var request = models.Request with { Prompts = [.. chunk.Select(c => c.Prompt.Prompt)], ImageSeeds = [.. chunk.Select(c => c.Seed)] };
            using var made = models.Cascade.Generate(request, new Times(seconds));
            stages = [.. made.Pictures[0].Info.Stages];
            var records = new SampleRecord[chunk.Length];
            Parallel.For(0, chunk.Length, i => records[i] = Keep(folder, chunk[i].Prompt.Id, chunk[i].Seed, [.. made.Stages.Select(s => s.Pictures[i].Picture.Image)]));
            samples.AddRange(records);
            log.WriteLine($"{samples.Count} of {work.Length} pictures, {clock.Elapsed.TotalSeconds:f0} s");
            log.Flush();
        }

        // The prompts' encoding counts as stage I's.
        seconds[1] += seconds[0];
        var record = new RunRecord(
            device, batch, [.. stages.Select(s => new StageRecord(s.Stage, s.Scheduler, s.Steps, s.GuidanceScale, s.NoiseLevel, seconds[s.Stage] / samples.Count))], samples);
        record.Write(folder);
        return record;
    }

    private static SampleRecord Keep(string folder, int id, long seed, ImageBuffer[] pictures) => new(
        id, seed,
        [.. pictures.Select(p => PictureStore.Save(folder, $"{id:d3}-{seed}", p))],
        [.. pictures.Zip(pictures.Skip(1), (small, large) => Faithfulness.Of(large, small))]);

    private sealed class Times(double[] seconds) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value)
        {
            if (value is CascadeEvent.PhaseFinished finished)
                seconds[finished.Stage] += finished.Elapsed.TotalSeconds;
        }
    }
}
