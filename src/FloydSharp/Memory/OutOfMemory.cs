using System.Runtime.InteropServices;

namespace FloydSharp.Memory;

/// <summary>Tells memory that ran out from other errors; libtorch throws both as the same type.</summary>
public static class OutOfMemory
{
    // CUDA's allocator, CUDA itself, libtorch's CPU allocator on a system that refuses, CUDA's libraries.
    private static readonly string[] _phrases = ["out of memory", "not enough memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"];

    /// <summary>Whether an exception says that the memory of a device or of the machine ran out.</summary>
    public static bool Is(Exception e) => e is OutOfMemoryException
        || (e is ExternalException && _phrases.Any(p => e.Message.Contains(p, StringComparison.OrdinalIgnoreCase)));
}
