namespace FloydSharp.Memory;

/// <summary>The memory of this process, in bytes.</summary>
/// <param name="Resident">What is in RAM now (VmRSS).</param>
/// <param name="Anonymous">The part that is its own: tensors, heaps (RssAnon). This is what freeing gives back.</param>
/// <param name="File">The part that is mapped files, weights among them (RssFile); the kernel may drop it.</param>
/// <param name="Peak">The largest <paramref name="Resident"/> so far (VmHWM).</param>
/// <param name="Swapped">What lies in swap (VmSwap).</param>
public sealed record ProcessMemory(long Resident, long Anonymous, long File, long Peak, long Swapped)
{
    /// <summary>The state now. On other systems than Linux only resident and peak are known; the rest is 0.</summary>
    public static ProcessMemory Read()
    {
        if (OperatingSystem.IsLinux())
            return Parse(System.IO.File.ReadAllText("/proc/self/status"));
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return new ProcessMemory(process.WorkingSet64, 0, 0, process.PeakWorkingSet64, 0);
    }

    /// <summary>The state that the text of <c>/proc/self/status</c> gives.</summary>
    internal static ProcessMemory Parse(string status) => new(
        KeyValueText.Number(status, "VmRSS") ?? 0,
        KeyValueText.Number(status, "RssAnon") ?? 0,
        KeyValueText.Number(status, "RssFile") ?? 0,
        KeyValueText.Number(status, "VmHWM") ?? 0,
        KeyValueText.Number(status, "VmSwap") ?? 0);
}
