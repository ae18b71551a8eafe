using System.Runtime.InteropServices;

namespace FloydSharp.Memory;

/// <summary>RAM that the C library's allocator holds for tensors.</summary>
public static partial class HostMemory
{
    /// <summary>
    /// Gives freed memory back to the system (glibc's <c>malloc_trim</c>). Worth a call after a component's tensors
    /// were disposed: large blocks go back by themselves, the many small ones between them stay.
    /// </summary>
    /// <returns>True when some memory went back; false when there was none or the system has no such call.</returns>
    public static bool Trim()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return MallocTrim(0) == 1;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
