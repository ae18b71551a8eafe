using FloydSharp.Memory;

namespace FloydSharp.Profile;

/// <summary>Peaks of memory between two moments.</summary>
internal static class PeakMemory
{
    /// <summary>Starts anew: the process's peak becomes what it is now, and so does the GPU pool's.</summary>
    public static void Reset()
    {
        DeviceMemory.ResetPeak();
        try
        {
            // proc(5): 5 resets the peak resident set size.
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (IOException)
        {
            // Not allowed in some containers: peaks then are those of the whole run.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }

    /// <summary>Peak resident memory and peak GPU memory in bytes; the latter null without a GPU.</summary>
    public static (long Resident, long? Device) Read() => (ProcessMemory.Read().Peak, DeviceMemory.Peak());
}
