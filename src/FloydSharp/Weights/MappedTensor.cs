using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>
/// Tensors over a mapped file. Each holds a reference on the mapping, released by libtorch when its last view dies; the file
/// is unmapped with the last tensor.
/// </summary>
internal static unsafe class MappedTensor
{
    // libtorch's deleter is handed nothing but the data pointer.
    private static readonly ConcurrentDictionary<nint, MappedFile> Owners = new();

    /// <summary>Whether an entry can be used in place: not empty, aligned to its element size.</summary>
    public static bool CanMap(SafetensorsEntry entry, MappedFile file)
    {
        var size = entry.DType.Bits() / 8;
        return entry.Length > 0 && size > 0 && (nint)file.Pointer(entry) % size == 0;
    }

    /// <summary>Makes the tensor. It must never be written to: the pages are read-only.</summary>
    /// <returns>The entry's shape and dtype on the CPU; owned by the caller.</returns>
    public static Tensor Create(SafetensorsEntry entry, MappedFile file)
    {
        var pointer = (nint)file.Pointer(entry);
        if (!Owners.TryAdd(pointer, file))
            throw new InvalidOperationException($"The tensor {entry.Name} is already in use over this mapping.");
        file.AddReference();

        long[] shape = [.. entry.Shape];
        var dtype = entry.ToTorch();
        if (TensorMemory.FromBlob(pointer, shape, dtype, &Release) is { } tensor)
            return tensor;
        Forget(pointer);
        throw new InvalidOperationException($"libtorch refused the mapped tensor {entry.Name}.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(void* pointer) => Forget((nint)pointer);

    private static void Forget(nint pointer)
    {
        if (Owners.TryRemove(pointer, out var file))
            file.Release();
    }
}
