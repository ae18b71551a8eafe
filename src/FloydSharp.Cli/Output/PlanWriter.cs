using FloydSharp.Planning;

namespace FloydSharp.Cli.Output;

/// <summary>A memory plan as a table.</summary>
internal static class PlanWriter
{
    private static readonly string[] _head = ["phase", "component", "device", "dtype", "weights", "placement", "mapped", "activations", "RAM", "VRAM"];

    /// <summary>Writes the phases, the peaks, the budget and the smallest budget that would do.</summary>
    public static void Write(MemoryPlan plan, TextWriter output)
    {
        var rows = plan.Phases.Select(p => Row(p, plan.Components.First(c => c.Stage == p.Stage && (c.Component == p.Component || p.Phase == "finish" && c.Component == "safety_checker")))).ToList();
        var gpu = plan.Budget.Vram is not null;
        var columns = Enumerable.Range(0, gpu ? _head.Length : _head.Length - 1).ToList();
        var widths = columns.ConvertAll(c => rows.Append(_head).Max(r => r[c].Length));
        foreach (var row in rows.Prepend(_head))
            output.WriteLine(string.Join("  ", columns.Select(c => IsNumber(c) ? row[c].PadLeft(widths[c]) : row[c].PadRight(widths[c]))).TrimEnd());
        output.WriteLine();
        var lines = new Columns(output);
        lines.Row("peak", Sizes(plan.RamPeak, gpu ? plan.VramPeak : null));
        lines.Row("may be used", Sizes(plan.Budget.Ram, plan.Budget.Vram));
        lines.Row("the least that would do", $"--ram {ByteSize.FormatUp(plan.Smallest.Ram)}{(plan.Smallest.Vram is { } vram ? $" --vram {ByteSize.FormatUp(vram)}" : "")}");
    }

    /// <summary>The peaks and what may be used, in one line.</summary>
    public static string Peaks(MemoryPlan plan) =>
        $"{Sizes(plan.RamPeak, plan.Budget.Vram is null ? null : plan.VramPeak)} predicted, {Sizes(plan.Budget.Ram, plan.Budget.Vram)} may be used";

    private static string[] Row(PhasePlan phase, ComponentPlan component) =>
    [
        $"{(phase.Stage == 0 ? "text" : $"stage {phase.Stage}")} {phase.Phase}",
        component.Component,
        component.Device,
        component.DType.ToString().ToLowerInvariant(),
        ByteSize.Format(component.ResidentBytes + component.MappedBytes + (component.OnGpu ? component.StreamedBytes : 0)) + (component.Variant is { } variant ? $" {variant}" : ""),
        Placement(component),
        Size(phase.MappedBytes),
        Size(phase.Ram.Activations + phase.Vram.Activations),
        Size(phase.Ram.Total),
        Size(phase.Vram.Total),
    ];

    private static string Placement(ComponentPlan component)
    {
        var tiles = component.TileSampleSize is { } side ? $", tiles of {side}" : "";
        return component.Placement == PlacementKind.Resident ? $"resident{tiles}"
            : component.OnGpu ? $"{ByteSize.Format(component.StreamedBytes)} streamed{(component.PinnedBytes > 0 ? $", {ByteSize.Format(component.PinnedBytes)} in pinned RAM" : "")}{tiles}" : $"streamed{tiles}";
    }

    private static bool IsNumber(int column) => column >= 6;

    private static string Size(long bytes) => bytes == 0 ? "-" : ByteSize.Format(bytes);

    private static string Sizes(long ram, long? vram) => $"{ByteSize.Format(ram)} RAM{(vram is { } bytes ? $", {ByteSize.Format(bytes)} VRAM" : "")}";
}
