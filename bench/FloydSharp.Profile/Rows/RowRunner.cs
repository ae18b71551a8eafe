using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FloydSharp.IO.Imaging;
using FloydSharp.Planning;

namespace FloydSharp.Profile.Rows;

/// <summary>Runs <c>floyd plan</c> and <c>floyd generate</c> under a row's limits.</summary>
/// <param name="floyd">The program, perhaps with arguments of its own.</param>
/// <param name="models">The folder with cascade.json.</param>
/// <param name="output">Where pictures go.</param>
/// <param name="steps">As <c>--steps</c> has it.</param>
/// <param name="card">The card; null for the CPU.</param>
/// <param name="limit">When a run is ended.</param>
internal sealed class RowRunner(IReadOnlyList<string> floyd, string models, string output, string steps, Card? card, TimeSpan limit)
{
    private const string Prompt = "a photograph of an astronaut riding a horse";

    /// <summary>Runs a row.</summary>
    public RowResult Run(Row row)
    {
        using var group = row.Group is { } most ? MemoryGroup.TryCreate(ByteSize.Parse(most)) : null;
        var ram = row.Ram ?? (group is null ? row.Group : null);
        string[] limits =
        [
            "--models", models, "--device", card is null ? "cpu" : "cuda", "--steps", steps,
            .. ram is null ? Array.Empty<string>() : ["--ram", ram],
            .. row.Vram is null || card is null ? Array.Empty<string>() : ["--vram", row.Vram],
        ];
        card?.LeaveFree(row.VramBytes);
        var plan = WatchedProcess.Run([.. floyd, "plan", Prompt, "--json", .. limits], group, card, limit);
        var run = WatchedProcess.Run(
            [.. floyd, "generate", Prompt, "--json", "--seed", "1", "--no-embedding-cache", "--out", Path.Combine(output, row.Name), .. limits], group, card, limit);
        card?.LeaveFree(null);

        var planned = Parse(plan.Output);
        var report = Parse(run.Output);
        List<string> notes = [];
        if (row.Group is not null)
            notes.Add(group?.Describe() ?? $"no control group could be made here: --ram {ram} instead");
        notes.AddRange(run.Errors.Select(e => e.Line).Where(l => l.StartsWith("warning", StringComparison.Ordinal)));
        if (plan.ExitCode != 0)
            notes.AddRange(plan.Errors.TakeLast(3).Select(e => $"plan: {e.Line}"));
        if (run.ExitCode != 0)
            notes.AddRange(run.Errors.TakeLast(8).Select(e => e.Line));
        return new(row, run.ExitCode, run.Seconds, [.. Phases(report, planned, run)], Sample.Largest(run.Samples), planned, Pictures(report), notes);
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The log's last line about a phase is written when it ends.
    private static IEnumerable<RowPhase> Phases(JsonNode? report, JsonNode? plan, WatchedProcess run)
    {
        foreach (var timing in report?["timings"]?.AsArray() ?? [])
        {
            var (stage, phase, component, seconds) = ((int)timing!["stage"]!, (string)timing["phase"]!, (string)timing["component"]!, (double)timing["seconds"]!);
            var where = stage == 0 ? "text" : string.Create(CultureInfo.InvariantCulture, $"stage {stage}");
            var title = $"{where,-7}  {(phase == "load" ? $"load {component}" : phase)}  ";
            var end = run.Errors.LastOrDefault(e => e.Line.StartsWith(title, StringComparison.Ordinal)).Time;
            var begin = end - (long)(seconds * System.Diagnostics.Stopwatch.Frequency);
            var memory = Of(report!["memory"]);
            var predicted = Of(plan?["phases"]);
            yield return new(
                $"{where} {phase} {component}", seconds, (long?)memory?["predicted_ram"], (long?)memory?["measured_ram"], (long?)memory?["predicted_vram"], (long?)memory?["measured_vram"],
                (long?)predicted?["vram"]?["total"], Sample.Largest(run.Samples.Where(s => s.Time >= begin && s.Time <= end)));

            JsonNode? Of(JsonNode? list) => (list as JsonArray)?.FirstOrDefault(
                m => (int)m!["stage"]! == stage && (string)m["phase"]! == phase && (string)m["component"]! == component);
        }
    }

    private static List<RowPicture> Pictures(JsonNode? report)
    {
        List<RowPicture> pictures = [];
        foreach (var file in report?["files"]?.AsArray() ?? [])
        {
            var image = ImageFile.Load((string)file!["path"]!);
            var mean = image.Pixels.Average(p => (double)p);
            pictures.Add(new(
                (int)file["stage"]!, $"{image.Width}x{image.Height}", Convert.ToHexStringLower(SHA256.HashData(image.Pixels)), Math.Sqrt(image.Pixels.Average(p => (p - mean) * (p - mean)))));
        }

        return pictures;
    }
}
