using System.Runtime.InteropServices;

namespace FloydSharp.Memory;

/// <summary>Tells memory that ran out from other errors; libtorch throws both as the same type.</summary>
public static class OutOfMemory
{
    // CUDA's allocator, CUDA itself, libtorch's CPU allocator on a system that refuses, CUDA's libraries.
    private static readonly string[] _phrases =
    [
        "out of memory", "not enough memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
        // What cuBLAS and cuDNN say where their handles or the workspaces of all their algorithms find no room.
        "CUBLAS_STATUS_NOT_INITIALIZED", "CUDNN_STATUS_NOT_INITIALIZED", "unable to find an engine to execute this computation",
    ];

    /// <summary>Whether an exception says that the memory of a device or of the machine ran out.</summary>
    public static bool Is(Exception e) => e is OutOfMemoryException
        || (e is AggregateException several && several.InnerExceptions.Any(Is))
        || (e is ExternalException && _phrases.Any(p => e.Message.Contains(p, StringComparison.OrdinalIgnoreCase)));
}
