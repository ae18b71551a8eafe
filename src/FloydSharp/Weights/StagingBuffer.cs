using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>
/// Reads tensors of one dtype into tensors of another, or into a device's memory, through one buffer of fixed size: loading
/// needs the model and this buffer, however large the largest tensor is.
/// </summary>
internal sealed class StagingBuffer : IDisposable
{
    private const long Bytes = 32 << 20;

    private readonly Dictionary<ScalarType, Tensor> _buffers = [];

    /// <summary>Reads a tensor.</summary>
    /// <returns>The entry's shape in the dtype and on the device asked for; owned by the caller.</returns>
    public Tensor Read(SafetensorsFile file, SafetensorsEntry entry, ScalarType dtype, Device device)
    {
        if (dtype == entry.ToTorch() && device.type == TorchSharp.DeviceType.CPU)
            return TensorFile.Read(file, entry);

        using var scope = NewDisposeScope();
        var result = empty([.. entry.Shape], dtype, device);
        Read(file, entry, result);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor to where it is to lie, converting it on the way.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="target">As many values, in any order in memory; what is not dense is turned a piece at a time. Not disposed.</param>
    public void Read(SafetensorsFile file, SafetensorsEntry entry, Tensor target)
    {
        using var scope = NewDisposeScope();
        var buffer = Buffer(entry.ToTorch());
        var flat = target.is_contiguous() ? target.view(-1) : target;
        // Of what is not dense, whole rows: all that belongs to one index of the first dimension.
        var row = Math.Max(1, entry.ElementCount / Math.Max(1, flat.shape[0]));
        var piece = Math.Max(1, buffer.NumberOfElements / row);
        if (row > buffer.NumberOfElements)
        {
            target.copy_(Read(file, entry, target.dtype, target.device).view(target.shape));
            return;
        }

        for (long start = 0; start < flat.shape[0]; start += piece)
        {
            var count = Math.Min(piece, flat.shape[0] - start);
            TensorFile.ReadInto(buffer, file, entry, start * row * buffer.ElementSize, count * row * buffer.ElementSize);
            using var part = flat.narrow(0, start, count);
            using var source = buffer.narrow(0, 0, count * row);
            using var shaped = source.view(part.shape);
            part.copy_(shaped);
        }
    }

    /// <summary>Frees the buffer; it comes back when it is needed.</summary>
    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
        _buffers.Clear();
    }

    private Tensor Buffer(ScalarType dtype)
    {
        if (_buffers.TryGetValue(dtype, out var buffer))
            return buffer;
        using var one = empty(1, dtype, CPU);
        return _buffers[dtype] = empty(Bytes / one.ElementSize, dtype, CPU).DetachFromDisposeScope();
    }
}
