using FloydSharp.IO.Safetensors;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>
/// Reads weights to where they stay on a device, through a <see cref="StagingRing"/>: while the device copies out of one buffer, the
/// next one is read into. What is to lie in another order or in another dtype comes as it is stored, and is turned and converted
/// there, a piece at a time. Values are there after <see cref="Dispose"/>.
/// </summary>
internal sealed class DeviceReader : IDeviceReader
{
    private readonly IStreamDevice _device;
    private readonly StagingRing _ring;
    private readonly IStreamMark _made;
    private Tensor? _raw;

    private DeviceReader(IStreamDevice device, StagingRing ring, IStreamMark made) => (_device, _ring, _made) = (device, ring, made);

    /// <summary>Prepares.</summary>
    /// <param name="device">The device. Owned by the result, or disposed.</param>
    /// <returns>Null where no memory of the host can be page-locked.</returns>
    public static DeviceReader? TryOpen(IStreamDevice device)
    {
        StagingRing? ring = null;
        try
        {
            ring = new(device);
            if (ring.TryBegin())
                return new(device, ring, device.NewMark());
        }
        catch
        {
            ring?.Dispose();
            device.Dispose();
            throw;
        }

        ring.Dispose();
        device.Dispose();
        return null;
    }

    /// <summary>Bytes of the device that one weight takes while it is turned or converted.</summary>
    /// <param name="stored">Bytes of the weight in the file.</param>
    public static long RawBytes(long stored) => Math.Min(stored, StagingRing.PieceBytes);

    /// <inheritdoc/>
    public bool TryRead(SafetensorsFile file, SafetensorsEntry entry, Tensor target)
    {
        using var scope = NewDisposeScope();
        // The pool hands memory out in the order of the computing: what had it before may still be at work there.
        _made.SetAfterComputing();
        _made.HoldCopies();
        try
        {
            if (target.is_contiguous() && target.dtype == entry.ToTorch())
            {
                _ring.Copy(file, entry, 0, target.view(-1), null, default);
                return true;
            }

            return TryTurn(file, entry, target.is_contiguous() ? target.view(-1) : target);
        }
        catch
        {
            // The target's memory must not go back while something is copied there.
            _device.Synchronize();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _device.Synchronize();
        }
        finally
        {
            _raw?.Dispose();
            _ring.Dispose();
            _made.Dispose();
            _device.Dispose();
        }
    }

    // Whole rows at a time: all that belongs to one index of the first dimension.
    private bool TryTurn(SafetensorsFile file, SafetensorsEntry entry, Tensor target)
    {
        if (entry.ElementCount == 0)
            return true;
        var stored = entry.ToTorch();
        var rows = target.shape[0];
        var (row, room) = (entry.ElementCount / rows, StagingRing.PieceBytes / StreamPart.SizeOf(stored));
        if (row > room)
            return false;
        var (step, raw) = (Math.Min(rows, room / row), RawFor(stored, Math.Min(entry.ElementCount, room)));
        for (long first = 0, count; first < rows; first += count)
        {
            using var scope = NewDisposeScope();
            count = Math.Min(step, rows - first);
            var part = target.narrow(0, first, count);
            var piece = raw.narrow(0, 0, count * row);
            _ring.Copy(file, entry, first * row, piece, null, default);
            using (_device.EnterCopies())
                part.copy_(piece.view(part.shape));
        }

        return true;
    }

    // Used by copies alone, one after the other, so that one is enough.
    private Tensor RawFor(ScalarType dtype, long elements)
    {
        if (_raw is not null && _raw.dtype == dtype && _raw.NumberOfElements >= elements)
            return _raw;
        if (_raw is not null)
        {
            // It may still be in use.
            _device.Synchronize();
            _raw.Dispose();
            _raw = null;
        }

        _raw = empty(elements, dtype, _device.Device).DetachFromDisposeScope();
        _made.SetAfterComputing();
        _made.HoldCopies();
        return _raw;
    }
}
