using System.Runtime.InteropServices;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Streaming;

/// <summary>The processor in the part of a card that copies as late as it may: when somebody waits for it. A buffer that is used again too early shows.</summary>
internal sealed unsafe class LateCardDevice : IStreamDevice
{
    private readonly List<(nint Source, Tensor Target)> _copies = [];
    private int _done;

    public Device Device => CPU;

    /// <summary>Blocks of host memory that were ever taken, and those not given back.</summary>
    public (int Taken, int Held) Blocks { get; private set; }

    public int Copies => _copies.Count;

    public nint? NewHostMemory(long bytes)
    {
        Blocks = (Blocks.Taken + 1, Blocks.Held + 1);
        var memory = (nint)NativeMemory.AllocZeroed((nuint)bytes);
        return memory;
    }

    public void FreeHostMemory(nint memory)
    {
        if (_done < _copies.Count)
            throw new InvalidOperationException("Memory was given back while it was copied from.");
        Blocks = (Blocks.Taken, Blocks.Held - 1);
        NativeMemory.Free((void*)memory);
    }

    public void Copy(nint source, Tensor target) => _copies.Add((source, target.alias().DetachFromDisposeScope()));

    // Work of the queue comes behind the copies before it.
    public IDisposable EnterCopies()
    {
        Synchronize();
        return new Mark(this);
    }

    public IStreamMark NewMark() => new Mark(this);

    public void Synchronize() => Do(_copies.Count);

    public void Dispose() => Synchronize();

    private void Do(int count)
    {
        for (; _done < count; _done++)
        {
            var (source, target) = _copies[_done];
            var bytes = target.NumberOfElements * target.ElementSize;
            Buffer.MemoryCopy((void*)source, TensorMemory.Pointer(target), bytes, bytes);
            target.Dispose();
        }
    }

    private sealed class Mark(LateCardDevice device) : IStreamMark
    {
        private int _after;

        public void SetAfterCopies() => _after = device._copies.Count;

        public void SetAfterComputing()
        {
        }

        public void HoldCopies()
        {
        }

        public void HoldComputing() => Wait();

        public void Wait() => device.Do(_after);

        public void Dispose()
        {
        }
    }
}
