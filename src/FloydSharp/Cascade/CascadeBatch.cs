using FloydSharp.Cascade.Runs;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cascade;

/// <summary>Requests that go through the stages together: each stage is done for all of them before the next one begins. Owns the runs.</summary>
/// <param name="runners">The cascade's stages, in order.</param>
/// <param name="runs">The requests.</param>
/// <param name="hashes">What the components contain.</param>
/// <param name="report">Who is told.</param>
/// <param name="keep">Whether all results stay in memory.</param>
/// <param name="cancellation">Stops the work.</param>
internal sealed class CascadeBatch(
    IReadOnlyList<StageRunner> runners, IReadOnlyList<CascadeRun> runs, CheckpointHashes hashes, CascadeProgress report, bool keep, CancellationToken cancellation) : IDisposable
{
    // More than this is encoded again when a run is continued, which takes less than writing it.
    private const long MaxKeptEmbeddings = 256 << 20;

    /// <summary>The requests.</summary>
    public IReadOnlyList<CascadeRun> Runs => runs;

    /// <summary>What the components contain.</summary>
    public CheckpointHashes Hashes => hashes;

    /// <summary>Who is told.</summary>
    public CascadeProgress Report => report;

    /// <summary>Whether all results stay in memory.</summary>
    public bool Keep => keep;

    /// <summary>Stops the work.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Runs all stages.</summary>
    /// <param name="encode">Encodes the prompts of requests that have no embeddings.</param>
    public void Run(Action<IReadOnlyList<CascadeRun>> encode)
    {
        // Those who keep results keep the embeddings that made them.
        CascadeRun[] unread = [.. runs.Where(r => r.Embeddings is null && (keep && r.FirstStage < 3 || runners.Any(s => s.Number < 3 && r.FirstStage <= s.Number && r.LastStage >= s.Number && !r.HasProduct(s.Number))))];
        if (unread.Length > 0)
        {
            hashes.Begin(0);
            encode(unread);
        }

        foreach (var runner in runners)
            runner.Run(this);
    }

    /// <summary>The stage that denoises next when another one is done; null for none.</summary>
    public int? StageAfter(int stage) => runners.Select(r => (int?)r.Number).FirstOrDefault(n => n > stage && runs.Any(r => r.FirstStage <= n && r.LastStage >= n && !r.HasProduct(n.Value)));

    /// <summary>What the components that made a picture contain, by name.</summary>
    public IReadOnlyDictionary<string, string> CheckpointsOf(CascadeRun run, int stage)
    {
        var here = hashes.Of(runners.Select(r => r.Number).Where(n => n >= run.FirstStage && n <= stage).Concat(run.Request.Embeddings is null && run.FirstStage < 3 ? [0] : []));
        return run.Candidate is not { } candidate ? here
            : new SortedDictionary<string, string>(here.Concat(candidate.Checkpoints).ToDictionary(c => c.Key, c => c.Value), StringComparer.Ordinal);
    }

    /// <summary>Writes all that a run needs to be continued, except for what is written step by step.</summary>
    public void WriteTo(RunFiles files, RunRecord record)
    {
        Dictionary<string, ImageBuffer> pictures = [];
        foreach (var run in runs)
            run.CollectInputs(pictures);
        files.WritePictures(pictures);
        if (runs[0].Request.Candidates is { } candidates)
            files.WriteCandidates(candidates);
        var embeddings = runs.Where(r => r.Embeddings is not null).ToList();
        var bytes = embeddings.Sum(r => 2 * r.Embeddings!.Positive.numel() * r.Embeddings.Positive.ElementSize);
        embeddings.RemoveAll(r => r.Candidate is not null || (bytes > MaxKeptEmbeddings && r.Request.Embeddings is null));
        if (embeddings.Count > 0)
            files.WriteEmbeddings(embeddings.Select(r => (r.Number, r.Embeddings!)));
        foreach (var run in runs)
            run.WriteTo(files);
        files.WriteRun(record);
    }

    /// <summary>Frees the runs.</summary>
    public void Dispose()
    {
        foreach (var run in runs)
            run.Dispose();
    }
}
