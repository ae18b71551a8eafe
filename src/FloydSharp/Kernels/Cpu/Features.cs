using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FloydSharp.Memory;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Results of kernels, in places of a <see cref="FeatureArena"/> where they are large.</summary>
internal static unsafe class Features
{
    /// <summary>A tensor of undefined content, float32.</summary>
    /// <param name="shape">Its shape.</param>
    /// <returns>Owned by the caller; from libtorch's allocator where the arena has no place for it.</returns>
    public static Tensor Empty(params long[] shape)
    {
        var data = FeatureArena.TryTake(shape.Aggregate((long)sizeof(float), (product, side) => checked(product * side)));
        if (data == 0)
            return empty(shape);
        if (TensorMemory.FromBlob(data, shape, ScalarType.Float32, &Free) is { } tensor)
            return tensor;
        FeatureArena.Free(data);
        return empty(shape);
    }

    // libtorch calls it when the last view dies.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(void* data) => FeatureArena.Free((nint)data);
}
