using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>
/// Products of int8 matrices by <c>aten::_int_mm</c>, which TorchSharp does not wrap: called through libtorch's stable C
/// interface (<c>torch/csrc/inductor/aoti_torch/c/shim.h</c>), whose tensor handles are TorchSharp's.
/// </summary>
internal static unsafe class IntegerProduct
{
    private const long CudaMultiple = 8;
    private const long CudaRows = 17;

    // Sums of more products than this need not fit 32 bits.
    private const long MaxLength = int.MaxValue / (128 * 128);

    private static readonly Lazy<Shim?> _shim = new(Shim.Find);

    /// <summary>codes W^T.</summary>
    /// <param name="codes">(M, K) int8. Not disposed.</param>
    /// <param name="values">(N, K) int8, contiguous, same device. Not disposed.</param>
    /// <returns>(M, N) float32, exact up to its rounding; owned by the caller.</returns>
    public static Tensor Multiply(Tensor codes, Tensor values)
    {
        if (codes.dim() != 2 || values.dim() != 2 || codes.shape[1] != values.shape[1] || codes.dtype != ScalarType.Int8 || values.dtype != ScalarType.Int8)
            throw new ArgumentException($"An int8 product takes (M, K) and (N, K) int8, not [{string.Join(", ", codes.shape)}] {codes.dtype} and [{string.Join(", ", values.shape)}] {values.dtype}.");

        using var scope = NewDisposeScope();
        var (rows, length, columns) = (codes.shape[0], codes.shape[1], values.shape[0]);
        if (rows == 0 || _shim.Value is not { } shim || !IsFast(codes.device_type, length, columns))
            return InFloat(codes, values).MoveToOuterDisposeScope();

        // cuBLAS wants at least 17 rows; those added are cut off again.
        var missing = codes.device_type == TorchSharp.DeviceType.CUDA ? CudaRows - rows : 0;
        var padded = missing > 0 ? cat([codes, zeros([missing, length], ScalarType.Int8, codes.device)]) : codes;
        var product = shim.Call(padded.contiguous(), values.t());             // (M or more, N) int32
        return product.narrow(0, 0, rows).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // Without AVX-512 libtorch multiplies one number at a time, slower than floats do.
    private static bool IsFast(TorchSharp.DeviceType device, long length, long columns) => length <= MaxLength && device switch
    {
        TorchSharp.DeviceType.CPU => Avx512BW.IsSupported,
        TorchSharp.DeviceType.CUDA => length % CudaMultiple == 0 && columns % CudaMultiple == 0,
        _ => false,
    };

    private static Tensor InFloat(Tensor codes, Tensor values)
    {
        using var scales = TensorArithmetic.Full([values.shape[0]], CompactTensor.Int8Max, ScalarType.Float32, values.device);
        using var plain = new CompactTensor(values.alias(), scales.alias(), ScalarType.Float32);
        using var floats = codes.to(ScalarType.Float32);
        return CompactProduct.Linear(floats, plain, null);
    }

    private sealed class Shim
    {
        private readonly delegate* unmanaged[Cdecl]<byte*, byte*, nint*, int> _call;
        private readonly delegate* unmanaged[Cdecl]<nint, nint*, int> _newHandle;

        private Shim(nint call, nint newHandle)
        {
            _call = (delegate* unmanaged[Cdecl]<byte*, byte*, nint*, int>)call;
            _newHandle = (delegate* unmanaged[Cdecl]<nint, nint*, int>)newHandle;
        }

        /// <summary>Null where this libtorch has no such interface.</summary>
        public static Shim? Find()
        {
            NativeLibraries.EnsureLoaded();
            var path = NativeLibraries.Loaded?.Libtorch ?? (OperatingSystem.IsWindows() ? "torch_cpu.dll" : "libtorch_cpu.dylib");
            return NativeLibrary.TryLoad(path, out var library)
                && NativeLibrary.TryGetExport(library, "aoti_torch_call_dispatcher", out var call)
                && NativeLibrary.TryGetExport(library, "aoti_torch_new_tensor_handle", out var newHandle)
                    ? new(call, newHandle)
                    : null;
        }

        public Tensor Call(Tensor a, Tensor b)
        {
            // The call takes over the handles on its stack, so it gets its own; the first place holds the result's.
            var stack = stackalloc nint[2];
            if (_newHandle(a.Handle, stack) != 0 || _newHandle(b.Handle, stack + 1) != 0)
                throw new InvalidOperationException("libtorch gave no handles for an int8 product.");
            fixed (byte* name = "aten::_int_mm\0"u8, overload = "\0"u8)
            {
                if (_call(name, overload, stack) != 0)
                    throw new InvalidOperationException($"libtorch refused the int8 product of [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}].");
            }

            GC.KeepAlive(a);
            GC.KeepAlive(b);
            return Tensor.UnsafeCreateTensor(stack[0]);
        }
    }
}
