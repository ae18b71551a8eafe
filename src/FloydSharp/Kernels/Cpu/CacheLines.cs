using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Asks for memory before it is needed, where its order is none that the processor foresees. Only time depends on it, so
/// addresses may lie outside of what is allocated.
/// </summary>
internal static unsafe class CacheLines
{
    /// <summary>Numbers in a line.</summary>
    public const int Numbers = 16;

    /// <summary>Brings a line into the second cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BringNear(float* address) => Sse.Prefetch1(address);

    /// <summary>The same for a stretch of memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BringNear(float* address, int count)
    {
        for (var i = 0; i < count; i += Numbers)
            Sse.Prefetch1(address + i);
    }
}
