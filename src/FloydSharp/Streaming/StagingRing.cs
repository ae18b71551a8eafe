using System.Runtime.ExceptionServices;
using FloydSharp.IO.Safetensors;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>
/// Buffers of the host between files and the device: while the device copies out of one, the next one is read into. They bound the
/// memory of a stream, however large its weights are. Where slots are memory of the host, files are read right into them.
/// </summary>
/// <param name="device">The device.</param>
internal sealed class StagingRing(IStreamDevice device) : IDisposable
{
    /// <summary>Bytes of all buffers of a device that is not the host.</summary>
    public const long Bytes = Count * PieceBytes;

    /// <summary>Bytes of the buffer for weights that are converted on the way.</summary>
    public const long PieceBytes = 16 << 20;

    private const int Count = 4;

    // The kernel copies out of its cache no faster than one processor does.
    private const int Readers = 4;

    private readonly HostBlock?[] _buffers = new HostBlock?[Count];
    private readonly IStreamMark[] _copied = [.. Enumerable.Range(0, Count).Select(_ => device.NewMark())];
    private Tensor? _stored;
    private int _turn;

    /// <summary>Brings an entry to the device.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="target">(elements) on the device; converted to its dtype on the way. Not disposed.</param>
    /// <param name="kept">Memory of the host, as much as the target takes, that the values are read to instead of the ring, and stay in; null for none.</param>
    /// <param name="cancellation">Checked before each piece.</param>
    public void Copy(SafetensorsFile file, SafetensorsEntry entry, Tensor target, nint? kept, CancellationToken cancellation)
    {
        var stored = entry.ToTorch();
        var (size, wide) = (StreamPart.SizeOf(stored), StreamPart.SizeOf(target.dtype));
        var step = PieceBytes / Math.Max(size, wide);
        for (var first = 0L; first < entry.ElementCount; first += step)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(step, entry.ElementCount - first);
            var part = target.narrow(0, first, count);
            var turn = kept is null ? Next() : null;
            if ((kept + (nint)(first * wide) ?? (turn is { } next ? _buffers[next]!.Address : null)) is not { } host)
            {
                Read(file, entry, first, count, part);
                continue;
            }

            if (stored == target.dtype)
                Read(file, entry, first * size, host, count * size);
            else
                Read(file, entry, first, count, Over(host, count, target.dtype));
            device.Copy(host, part);
            if (turn is { } used)
                _copied[used].SetAfterCopies();
        }
    }

    /// <summary>Takes the buffers now, before others take what there is.</summary>
    public void Prepare()
    {
        for (var i = 0; i < Count; i++)
            _buffers[i] ??= HostBlock.Take(device, PieceBytes);
    }

    /// <summary>Frees the buffers; the device must be done with them.</summary>
    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer?.Dispose();
        foreach (var mark in _copied)
            mark.Dispose();
        _stored?.Dispose();
    }

    // The next buffer, when the device is done with it; null where the host needs none.
    private int? Next()
    {
        var turn = _turn++ % Count;
        _copied[turn].Wait();
        _buffers[turn] ??= HostBlock.Take(device, PieceBytes);
        return _buffers[turn] is null ? null : turn;
    }

    private void Read(SafetensorsFile file, SafetensorsEntry entry, long first, long count, Tensor target)
    {
        var stored = entry.ToTorch();
        var size = StreamPart.SizeOf(stored);
        if (stored == target.dtype)
        {
            TensorFile.ReadInto(target, file, entry, first * size, count * size);
            return;
        }

        var buffer = Stored(stored);
        TensorFile.ReadInto(buffer, file, entry, first * size, count * size);
        using var read = buffer.narrow(0, 0, count);
        target.copy_(read);
    }

    private static unsafe void Read(SafetensorsFile file, SafetensorsEntry entry, long start, nint target, long bytes)
    {
        var part = (bytes + Readers - 1) / Readers;
        try
        {
            Parallel.For(0, Readers, i =>
            {
                var first = Math.Min(bytes, i * part);
                file.Read(entry, start + first, new Span<byte>((byte*)target + first, (int)Math.Min(part, bytes - first)));
            });
        }
        catch (AggregateException e)
        {
            // All readers see the same damage; one of them says it.
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
    }

    private static unsafe Tensor Over(nint memory, long count, ScalarType dtype) =>
        TensorMemory.FromBlob(memory, [count], dtype) ?? throw new InvalidOperationException("libtorch refused a tensor over page-locked memory.");

    private Tensor Stored(ScalarType dtype)
    {
        if (_stored?.dtype == dtype)
            return _stored;
        _stored?.Dispose();
        return _stored = empty(PieceBytes / StreamPart.SizeOf(dtype), dtype).DetachFromDisposeScope();
    }
}
