using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Raw memory in and out of tensors. TorchSharp offers managed arrays and spans below 2 GiB only.</summary>
internal static unsafe partial class TensorMemory
{
    /// <summary>The first element of a tensor on the CPU; valid while the tensor lives.</summary>
    public static void* Pointer(Tensor tensor) => (void*)TensorAddress.Of(tensor);

    /// <summary>A contiguous tensor on the CPU over foreign memory.</summary>
    /// <param name="data">The first element; stays valid until <paramref name="deleter"/> is called with it, on any thread.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="dtype">The dtype.</param>
    /// <param name="deleter">Called once, when the last view dies.</param>
    /// <returns>Owned by the caller; null when libtorch refuses.</returns>
    public static Tensor? FromBlob(nint data, long[] shape, ScalarType dtype, delegate* unmanaged[Cdecl]<void*, void> deleter)
    {
        fixed (long* sizes = shape)
        {
            var handle = THSTensor_new(data, deleter, sizes, shape.Length, (sbyte)dtype, (sbyte)dtype, 0, -1, 0);
            return handle == 0 ? null : Tensor.UnsafeCreateTensor(handle);
        }
    }

    /// <summary>A contiguous tensor on the CPU over memory that outlives it and all its views.</summary>
    /// <returns>Owned by the caller; null when libtorch refuses.</returns>
    public static Tensor? FromBlob(nint data, long[] shape, ScalarType dtype) => FromBlob(data, shape, dtype, &Nothing);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Nothing(void* data)
    {
    }

    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_new(
        nint data, delegate* unmanaged[Cdecl]<void*, void> deleter, long* sizes, int dimensions, sbyte type, sbyte dtype, int deviceType, int deviceIndex, byte requiresGrad);
}
