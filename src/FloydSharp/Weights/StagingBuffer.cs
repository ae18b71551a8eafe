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
        var flat = result.view(-1);
        var buffer = Buffer(entry.ToTorch());
        var piece = buffer.NumberOfElements;
        for (long start = 0; start < entry.ElementCount; start += piece)
        {
            var count = Math.Min(piece, entry.ElementCount - start);
            TensorFile.ReadInto(buffer, file, entry, start * buffer.ElementSize, count * buffer.ElementSize);
            using var target = flat.narrow(0, start, count);
            using var source = buffer.narrow(0, 0, count);
            target.copy_(source);
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the buffer.</summary>
    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
    }

    private Tensor Buffer(ScalarType dtype)
    {
        if (_buffers.TryGetValue(dtype, out var buffer))
            return buffer;
        using var one = empty(1, dtype, CPU);
        return _buffers[dtype] = empty(Bytes / one.ElementSize, dtype, CPU).DetachFromDisposeScope();
    }
}
