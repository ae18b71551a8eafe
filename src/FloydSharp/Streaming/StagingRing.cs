using System.Runtime.ExceptionServices;
using FloydSharp.IO.Safetensors;
using FloydSharp.Memory;
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

    // The kernel copies out of its cache no faster than one processor does. Less than this is read sooner than readers begin.
    private const long BytesPerReader = 512 << 10;

    // What is left of a buffer and is less than this is not worth a copy of its own.
    private const long LeastPart = 1 << 20;

    /// <summary>Where weights begin in a buffer: the device reads fastest from there, and all dtypes lie well.</summary>
    public const long Alignment = 512;

    private static readonly int _readers = Math.Clamp(Environment.ProcessorCount / 2, 4, 8);

    private readonly HostBlock?[] _buffers = new HostBlock?[Count];
    private readonly IStreamMark[] _copied = [.. Enumerable.Range(0, Count).Select(_ => device.NewMark())];
    private Tensor? _stored;
    private int _count = Count;
    private int _turn = -1;
    private long _used;

    /// <summary>The most bytes of buffers for so many bytes of weights, of which some at the end of each may be left empty.</summary>
    public static long BytesFor(long weights) => Math.Min(Bytes, (weights + PieceBytes - LeastPart - 1) / (PieceBytes - LeastPart) * PieceBytes);

    /// <summary>Brings an entry to the device.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="from">The first of its elements that is wanted.</param>
    /// <param name="target">(elements) on the device, so many from there on; converted to its dtype on the way. Not disposed.</param>
    /// <param name="kept">Memory of the host, as much as the target takes, that the values are read to instead of the ring, and stay in; null for none.</param>
    /// <param name="cancellation">Checked before each piece.</param>
    public void Copy(SafetensorsFile file, SafetensorsEntry entry, long from, Tensor target, nint? kept, CancellationToken cancellation)
    {
        var stored = entry.ToTorch();
        var (size, wide, all) = (StreamPart.SizeOf(stored), StreamPart.SizeOf(target.dtype), target.NumberOfElements);
        var widest = Math.Max(size, wide);
        for (long done = 0, count; done < all; done += count)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (host, room) = kept is { } own ? (own + (nint)(done * wide), PieceBytes) : Room((all - done) * widest);
            count = Math.Min(room / widest, all - done);
            var part = target.narrow(0, done, count);
            if (host == 0)
            {
                Read(file, entry, from + done, count, part);
                continue;
            }

            if (stored == target.dtype)
                Read(file, entry, (from + done) * size, host, count * size);
            else
                Read(file, entry, from + done, count, Over(host, count, target.dtype));
            device.Copy(host, part);
            if (kept is null)
                _used += count * widest;
        }
    }

    /// <summary>Takes a first buffer, unless one is there.</summary>
    /// <returns>Whether there is memory for it.</returns>
    public bool TryBegin()
    {
        try
        {
            _buffers[0] ??= HostBlock.Take(device, PieceBytes);
            return true;
        }
        catch (Exception e) when (OutOfMemory.Is(e))
        {
            return false;
        }
    }

    /// <summary>Takes the buffers now, before others take what there is.</summary>
    public void Prepare()
    {
        for (var i = 0; i < _count; i++)
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

    // What is left of the present buffer, so that small weights share one, or the next buffer; 0 where the host needs none.
    private (nint Host, long Bytes) Room(long wanted)
    {
        _used = (_used + Alignment - 1) / Alignment * Alignment;
        if (_turn < 0 || PieceBytes - _used < Math.Min(wanted, LeastPart))
        {
            if (_turn >= 0)
                _copied[_turn].SetAfterCopies();
            _used = 0;
            _turn = Next();
        }

        return _buffers[_turn] is { } buffer ? (buffer.Address + (nint)_used, PieceBytes - _used) : (0, PieceBytes);
    }

    // The next buffer, when the device is done with it. Fewer do where there is no memory for more.
    private int Next()
    {
        var turn = (_turn + 1) % _count;
        try
        {
            _buffers[turn] ??= HostBlock.Take(device, PieceBytes);
        }
        catch (Exception e) when (OutOfMemory.Is(e) && turn > 0)
        {
            (_count, turn) = (turn, 0);
        }

        _copied[turn].Wait();
        return turn;
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
        var readers = (int)Math.Clamp(bytes / BytesPerReader, 1, _readers);
        if (readers == 1)
        {
            file.Read(entry, start, new Span<byte>((byte*)target, (int)bytes));
            return;
        }

        var part = (bytes + readers - 1) / readers;
        try
        {
            Parallel.For(0, readers, i =>
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
