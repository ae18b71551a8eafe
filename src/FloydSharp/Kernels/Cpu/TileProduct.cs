using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FloydSharp.Native;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// bfloat16 products of small matrices by the processor's own instructions, which .NET does not offer: oneDNN's kernels as
/// libtorch exports them for its attention (<c>at::native::cpublas::brgemm</c>, aten/src/ATen/native/CPUBlas.h). The exported
/// name holds the types of its arguments, so another signature is not found.
/// </summary>
internal static unsafe class TileProduct
{
    private const string MultiplyName = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";
    private const string ReleaseName = "_ZN2at6native7cpublas14brgemm_releaseEb";

    // CPUID leaf 7, subleaf 1, EAX: AVX512_BF16.
    private const int BFloat16Bit = 5;

    // With these oneDNN may be told to leave instructions out; its kernel would refuse by an exception that nothing here can catch.
    private static readonly string[] _limits = ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"];

    private static readonly Lazy<Entries?> _entries = new(Find);

    /// <summary>Whether this processor and this libtorch have them.</summary>
    public static bool IsSupported => _entries.Value is not null;

    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="size">Rows of A, columns of B, and what is summed over, which is even.</param>
    /// <param name="a">Row by row, bfloat16.</param>
    /// <param name="strideA">Numbers from one row of A to the next.</param>
    /// <param name="b">Dense; of two neighbouring rows all first and second numbers alternate.</param>
    /// <param name="c">Row by row, float32.</param>
    /// <param name="strideC">Numbers from one row of C to the next.</param>
    /// <param name="adds">Whether C holds something to add to.</param>
    public static void Multiply((long Rows, long Columns, long Depth) size, ushort* a, long strideA, ushort* b, float* c, long strideC, bool adds) =>
        _entries.Value!.Multiply(size.Rows, size.Columns, size.Depth, strideA, size.Columns, strideC, adds ? (byte)1 : (byte)0, a, b, c, 1);

    /// <summary>Gives back what the calling thread's last product reserved of the processor, where it has units for matrices.</summary>
    public static void Release() => _entries.Value!.Release(1);

    private static Entries? Find()
    {
        if (!OperatingSystem.IsLinux() || !Avx512BW.IsSupported || (X86Base.CpuId(7, 1).Eax >> BFloat16Bit & 1) == 0
            || _limits.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }))
        {
            return null;
        }

        NativeLibraries.EnsureLoaded();
        return NativeLibraries.Loaded is { } loaded && NativeLibrary.TryLoad(loaded.Libtorch, out var library)
            && NativeLibrary.TryGetExport(library, MultiplyName, out var multiply) && NativeLibrary.TryGetExport(library, ReleaseName, out var release)
                ? new(multiply, release)
                : null;
    }

    private sealed class Entries(nint multiply, nint release)
    {
        public readonly delegate* unmanaged<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void> Multiply =
            (delegate* unmanaged<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void>)multiply;

        public readonly delegate* unmanaged<byte, void> Release = (delegate* unmanaged<byte, void>)release;
    }
}
