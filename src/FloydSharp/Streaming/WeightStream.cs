using System.Collections.Concurrent;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Quantization;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>
/// Brings the units of a model in when their weights are used, through a few slots: while one unit computes, a thread reads the
/// one that was used after it last time. Weights never change, so nothing is ever copied back: a slot is just filled anew.
/// </summary>
/// <remarks>One thread computes with the model. Files must not be truncated while the model lives.</remarks>
internal sealed class WeightStream : IWeightStream, IDisposable
{
    private readonly IReadOnlyList<StreamUnit> _units;
    private readonly IReadOnlyDictionary<string, StreamedWeight> _weights;
    private readonly IReadOnlyDictionary<string, Tensor> _scales;
    private readonly Int8Execution _execution;
    private readonly IStreamDevice _device;
    private readonly WeightSet _files;
    private readonly List<StreamSlot> _slots;
    private readonly StagingRing _ring;
    private readonly PinnedUnits _pinned;
    private readonly Action<string>? _warn;
    private readonly BlockingCollection<Request> _requests = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, Request> _coming = [];
    private readonly int[] _next;
    private readonly Thread _reader;
    private string? _warning;
    private int _current = -1;

    /// <summary>Allocates slots and begins with the first unit.</summary>
    /// <param name="layout">What is streamed.</param>
    /// <param name="weights">All its weights by name, perhaps among others.</param>
    /// <param name="scales">By weight: scales of streamed int8 weights, on the device. Owned by this object from now on.</param>
    /// <param name="execution">How products with int8 weights are computed.</param>
    /// <param name="device">The device. Owned by this object from now on.</param>
    /// <param name="files">The open files. Owned by this object from now on.</param>
    /// <param name="pinned">Bytes of page-locked memory that units may stay in once they were read.</param>
    /// <param name="warn">Told where a weight is used that there is less of that memory.</param>
    public WeightStream(
        StreamLayout layout, IReadOnlyDictionary<string, StreamedWeight> weights, IReadOnlyDictionary<string, Tensor> scales, Int8Execution execution, IStreamDevice device, WeightSet files,
        long pinned = 0, Action<string>? warn = null)
    {
        (_units, _weights, _scales, _execution, _device, _files, _warn) = (layout.Streamed, weights, scales, execution, device, files, warn);
        _pinned = new(layout.Streamed, pinned, device);
        _next = [.. Enumerable.Range(1, _units.Count).Select(i => i % _units.Count)];
        (_ring, _slots) = Allocate(layout, device);
        _reader = new(Read) { IsBackground = true, Name = "weights" };
        for (var i = 0; i < _units.Count; i++)
        {
            foreach (var weight in WeightsOf(_units[i]))
                weight.Place.Weight.Attach(this, i, weight.DType, device.Device, weight.IsCompact);
        }

        _reader.Start();
        Fetch(0, _slots[0]);
    }

    /// <summary>Units that were not on their way when they were used; after the first run of a model there are no more.</summary>
    public int Misses { get; private set; }

    /// <summary>Units that were brought in so far.</summary>
    public int Reads { get; private set; }

    /// <inheritdoc/>
    public void Enter(int unit)
    {
        if (unit == _current)
            return;
        Leave(unit);
        if (SlotOf(unit) is not { } slot)
        {
            Misses++;
            slot = Unused();
            Fetch(unit, slot);
        }

        if (_coming.Remove(unit, out var request))
            request.Wait();
        if (_warn is not null && Interlocked.Exchange(ref _warning, null) is { } warning)
            _warn(warning);
        slot.Ready.HoldComputing();
        slot.Show(_units[unit], _weights, _scales, _execution);
        _current = unit;
        if (SlotOf(_next[unit]) is null)
            Fetch(_next[unit], Unused());
    }

    /// <summary>Ends the stream; its weights are empty afterwards.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _requests.CompleteAdding();
        _reader.Join();
        _device.Synchronize();
        foreach (var weight in _units.SelectMany(WeightsOf))
            weight.Place.Weight.Detach();
        foreach (var slot in _slots)
            slot.Dispose();
        foreach (var scales in _scales.Values)
            scales.Dispose();
        _ring.Dispose();
        _pinned.Dispose();
        _files.Dispose();
        _device.Dispose();
        _requests.Dispose();
        _stop.Dispose();
    }

    private static (StagingRing Ring, List<StreamSlot> Slots) Allocate(StreamLayout layout, IStreamDevice device)
    {
        StagingRing? ring = null;
        List<StreamSlot> slots = [];
        try
        {
            ring = new(device);
            while (slots.Count < StreamLayout.SlotCount)
                slots.Add(new(layout.SlotElements, device));
            return (ring, slots);
        }
        catch
        {
            // Where memory runs out here, it is tried again with less: nothing may stay.
            slots.ForEach(s => s.Dispose());
            ring?.Dispose();
            device.Dispose();
            throw;
        }
    }

    // The unit that was used last makes room, and is remembered as the one before this.
    private void Leave(int next)
    {
        if (_current < 0)
            return;
        foreach (var weight in WeightsOf(_units[_current]))
            weight.Place.Weight.Clear();
        SlotOf(_current)!.Free.SetAfterComputing();
        _next[_current] = next;
        _current = -1;
    }

    private IEnumerable<StreamedWeight> WeightsOf(StreamUnit unit) => unit.Parts.Select(p => _weights[p.Name]);

    private StreamSlot? SlotOf(int unit) => _slots.FirstOrDefault(s => s.Unit == unit);

    // Not the one in use, and rather one that nothing is on its way to.
    private StreamSlot Unused()
    {
        var slot = _slots.Where(s => _current < 0 || s.Unit != _current).OrderBy(s => _coming.ContainsKey(s.Unit)).First();
        if (_coming.Remove(slot.Unit, out var late))
            late.Wait();
        return slot;
    }

    private void Fetch(int unit, StreamSlot slot)
    {
        slot.Unit = unit;
        var request = new Request(unit, slot);
        _coming[unit] = request;
        _requests.Add(request);
    }

    private void Read()
    {
        using var noGrad = no_grad();
        IDisposable? copies = null;
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            request.Run((number, slot, cancellation) =>
            {
                copies ??= _device.EnterCopies();
                Read(number, slot, cancellation);
            }, _stop.Token);
        }

        copies?.Dispose();
    }

    private void Read(int number, StreamSlot slot, CancellationToken cancellation)
    {
        slot.Free.HoldCopies();
        var unit = _units[number];
        if (_pinned.Find(number) is { } block)
            CopyAll(unit, slot, block);
        else
            ReadAll(number, unit, slot, cancellation);
        slot.Ready.SetAfterCopies();
        Reads++;
    }

    private void CopyAll(StreamUnit unit, StreamSlot slot, HostBlock block)
    {
        var starts = unit.PinnedStarts;
        foreach (var (dtype, target) in slot.Whole(unit))
        {
            using (target)
                _device.Copy(block.Address + (nint)starts[dtype], target);
        }
    }

    private void ReadAll(int number, StreamUnit unit, StreamSlot slot, CancellationToken cancellation)
    {
        // Units that do not stay must not end for want of buffers.
        if (!_pinned.IsEmpty)
            _ring.Prepare();
        string? warning = null;
        var room = _pinned.Room(number, ref warning);
        if (warning is not null)
            Volatile.Write(ref _warning, warning);
        var dtypes = room is null ? null : unit.PinnedStarts;
        foreach (var ((weight, part), start) in WeightsOf(unit).Zip(slot.Parts(unit)).Zip(unit.Starts))
        {
            using (part)
            {
                nint? kept = room is null ? null : room.Address + (nint)(dtypes![part.dtype] + (start * part.ElementSize));
                _ring.Copy(weight.Place.File, weight.Place.Entry, 0, part, kept, cancellation);
            }
        }

        if (room is not null)
            _pinned.Keep(number);
    }

    /// <summary>A unit that is to be read into a slot.</summary>
    private sealed class Request(int unit, StreamSlot slot)
    {
        private readonly TaskCompletionSource _done = new();

        public void Run(Action<int, StreamSlot, CancellationToken> read, CancellationToken cancellation)
        {
            try
            {
                read(unit, slot, cancellation);
                _done.SetResult();
            }
#pragma warning disable CA1031 // It is thrown again where the unit is used.
            catch (Exception e)
#pragma warning restore CA1031
            {
                slot.Unit = -1;
                _done.SetException(e);
            }
        }

        /// <summary>Waits until the copies are under way.</summary>
        public void Wait() => _done.Task.GetAwaiter().GetResult();
    }
}
