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
        FeatureArena.Trim();
        try
        {
            return MallocTrim(0) == 1;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>
    /// Has the C library take each block of 1 MiB and more from the system and give it back as soon as it is freed (glibc's
    /// <c>mallopt</c>), for the rest of the process. Otherwise it keeps freed blocks up to 32 MiB in heaps that fragment: a
    /// UNet's step was measured to hold up to three times the tensors alive. The price is that the system clears pages anew.
    /// </summary>
    /// <returns>True where the system has such a call.</returns>
    public static bool ReturnFreedBlocks()
    {
        Trim();
        return HostAllocator.MapFrom(1 << 20);
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
