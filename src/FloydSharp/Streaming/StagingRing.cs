using FloydSharp.IO.Safetensors;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>
/// Buffers of the host between files and the device: while the device copies out of one, the next one is read into. They bound the
/// memory of a stream, however large its weights are.
/// </summary>
/// <param name="device">The device.</param>
internal sealed class StagingRing(IStreamDevice device) : IDisposable
{
    /// <summary>Bytes of all buffers of one dtype.</summary>
    public const long Bytes = Count * PieceBytes;

    private const int Count = 4;
    private const long PieceBytes = 16 << 20;

    private readonly Dictionary<ScalarType, Tensor[]> _buffers = [];
    private readonly IStreamMark[] _copied = [.. Enumerable.Range(0, Count).Select(_ => device.NewMark())];
    private Tensor? _stored;
    private int _turn;

    /// <summary>Brings an entry to the device.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="target">(elements) on the device; converted to its dtype on the way. Not disposed.</param>
    /// <param name="cancellation">Checked before each piece.</param>
    public void Copy(SafetensorsFile file, SafetensorsEntry entry, Tensor target, CancellationToken cancellation)
    {
        var stored = entry.ToTorch();
        var size = StreamPart.SizeOf(stored);
        var step = PieceBytes / Math.Max(size, StreamPart.SizeOf(target.dtype));
        for (var first = 0L; first < entry.ElementCount; first += step)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(step, entry.ElementCount - first);
            var turn = _turn++ % Count;
            _copied[turn].Wait();
            var host = Buffers(target.dtype)[turn];
            var read = stored == target.dtype ? host : Stored(stored);
            TensorFile.ReadInto(read, file, entry, first * size, count * size);
            if (!ReferenceEquals(read, host))
                host.narrow(0, 0, count).copy_(read.narrow(0, 0, count));
            target.narrow(0, first, count).copy_(host.narrow(0, 0, count), nonBlocking: true);
            _copied[turn].SetAfterCopies();
        }
    }

    /// <summary>Frees the buffers; the device must be done with them.</summary>
    public void Dispose()
    {
        foreach (var buffer in _buffers.Values.SelectMany(b => b))
            buffer.Dispose();
        foreach (var mark in _copied)
            mark.Dispose();
        _stored?.Dispose();
    }

    private Tensor[] Buffers(ScalarType dtype)
    {
        if (!_buffers.TryGetValue(dtype, out var buffers))
            _buffers[dtype] = buffers = [.. Enumerable.Range(0, Count).Select(_ => device.HostBuffer(PieceBytes / StreamPart.SizeOf(dtype), dtype).DetachFromDisposeScope())];
        return buffers;
    }

    private Tensor Stored(ScalarType dtype)
    {
        if (_stored?.dtype == dtype)
            return _stored;
        _stored?.Dispose();
        return _stored = empty(PieceBytes / StreamPart.SizeOf(dtype), dtype).DetachFromDisposeScope();
    }
}
