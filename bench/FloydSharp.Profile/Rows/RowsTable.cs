using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace FloydSharp.Profile.Rows;

/// <summary>Rows as a text in Markdown.</summary>
internal static class RowsTable
{
    /// <summary>Writes all rows: their peaks, then their phases.</summary>
    public static string Write(IReadOnlyList<RowResult> rows, string steps)
    {
        StringBuilder text = new();
        Line(text, $"Steps {steps}; memory does not depend on their number. MiB. RAM is anonymous memory with page-locked memory for streamed weights; VRAM is what the card has less free than before, the driver's part included; tensors are the high mark of CUDA's pool.");
        Line(text, $"");
        Line(text, $"| row | limits | exit | seconds | RAM predicted | RAM measured | ratio | VRAM predicted | VRAM measured | ratio | pixels of the last picture |");
        Line(text, $"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in rows)
        {
            var ram = row.Phases.Max(p => p.Ram) ?? row.Peak.Anonymous;
            Line(text, $"| {row.Row.Name} | {row.Row.Describe()} | {row.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "ended"} | {row.Seconds:f1} | {MiB(row.PlannedRam)} | {MiB(ram)} | {Ratio(row.PlannedRam, ram)} | {MiB(row.PlannedVram)} | {MiB(row.Peak.Device)} | {Ratio(row.PlannedVram, row.Peak.Device)} | {Last(row)} |");
        }

        foreach (var row in rows)
        {
            Line(text, $"");
            Line(text, $"Row {row.Row.Name}: {row.Row.Describe()}");
            Line(text, $"");
            foreach (var component in row.Plan?["components"]?.AsArray() ?? [])
                Line(text, $"- {Where(component!)}");
            foreach (var note in row.Notes)
                Line(text, $"- {note}");
            Line(text, $"- RssShmem {MiB(row.Peak.Shared)}, VmPin {MiB(row.Peak.Pinned)}, RssAnon of the whole process {MiB(row.Peak.Anonymous)}");
            foreach (var picture in row.Pictures)
                Line(text, $"- stage {picture.Stage} {picture.Size} {picture.Hash} deviation {picture.Deviation:f1}");
            Line(text, $"");
            Line(text, $"| phase | seconds | RAM predicted | RAM | tensors predicted | tensors | VRAM predicted | VRAM | VRAM less tensors |");
            Line(text, $"| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (var phase in row.Phases)
                Line(text, $"| {phase.Name} | {phase.Seconds:f2} | {MiB(phase.PredictedRam)} | {MiB(phase.Ram ?? phase.Seen.Anonymous)} | {MiB(phase.PredictedPool)} | {MiB(phase.Pool)} | {MiB(phase.PredictedVram)} | {MiB(phase.Seen.Device)} | {MiB(phase.Seen.Device - phase.Pool)} |");
        }

        return text.ToString();
    }

    private static string Where(JsonNode component) =>
        $"stage {component["stage"]} {component["component"]}: {component["device"]} {component["dtype"]} {component["variant"]} {component["placement"]}, resident {MiB((long?)component["resident_bytes"])}, streamed {MiB((long?)component["streamed_bytes"])} in {component["streamed_units"]} parts, {MiB((long?)component["pinned_bytes"])} of them pinned in RAM, slots {MiB((long?)component["slot_bytes"])}, tile {component["tile_sample_size"]?.ToString() ?? "none"}";

    private static string Last(RowResult row) => row.Pictures.Count == 0 ? "" : row.Pictures.MaxBy(p => p.Stage)!.Hash[..16];

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string MiB(long? bytes) => bytes is { } some ? (some >> 20).ToString(CultureInfo.InvariantCulture) : "";

    private static string Ratio(long? predicted, long? measured) =>
        predicted is { } p && measured is { } m and > 0 ? ((double)p / m).ToString("f2", CultureInfo.InvariantCulture) : "";
}
