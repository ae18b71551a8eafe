using System.Runtime.InteropServices;

namespace FloydSharp.Memory;

/// <summary>
/// How the C library's allocator (glibc's malloc, which libtorch uses on a CPU) deals with large blocks. By default each above
/// 32 MiB is a mapping of its own: every operation on a large feature map then gets fresh pages, and touching them the first
/// time can take longer than the operation.
/// </summary>
public static partial class HostAllocator
{
    // Parameters of mallopt(3).
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MapThreshold = -3;
    private const int MostMappings = -4;
    private const int MostArenas = -8;

    private const int DefaultMostMappings = 65536;
    private const int LargestMapThreshold = 32 << 20;

    // The number is read as one without a sign: a limit of 2 GiB would be met at every step of a large model.
    private const int NeverTrim = -1;

    private const int PadBytes = 64 << 20;

    // What people set to tune the allocator themselves.
    private static readonly string[] _variables =
        ["GLIBC_TUNABLES", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_ARENA_MAX", "LD_PRELOAD"];

    /// <summary>
    /// Keeps freed blocks for the next operation; <see cref="HostMemory.Trim"/> gives them back. Done by itself when libtorch is
    /// loaded, on Linux with glibc, unless the environment tunes the allocator or brings another.
    /// </summary>
    /// <returns>Whether it was done.</returns>
    public static bool KeepFreed() => FeatureArena.Active =
        !Array.Exists(_variables, v => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(v)))
        && Set((MostMappings, 0), (TrimThreshold, NeverTrim), (TopPad, PadBytes), (MostArenas, 1));

    /// <summary>Goes back to what glibc comes to by itself when large blocks come and go.</summary>
    /// <returns>Whether it was done.</returns>
    public static bool MapLarge()
    {
        HostMemory.Trim();
        return MapFrom(LargestMapThreshold);
    }

    /// <summary>Makes each block from a size on a mapping of its own, which goes back when it is freed.</summary>
    /// <param name="bytes">The size.</param>
    /// <returns>Whether it was done.</returns>
    internal static bool MapFrom(int bytes)
    {
        FeatureArena.Active = false;
        FeatureArena.Trim();
        return Set((MostMappings, DefaultMostMappings), (MapThreshold, bytes), (TrimThreshold, 2 * bytes), (TopPad, 0));
    }

    private static bool Set(params (int Parameter, int Value)[] settings)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return settings.All(s => Set(s.Parameter, s.Value) == 1);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int parameter, int value);
}
