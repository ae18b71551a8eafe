using System.Runtime.InteropServices;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Streaming;

/// <summary>The processor in the part of a card: weights come through buffers of the host, and calls can fail.</summary>
/// <param name="called">Told what is called before it is done; may throw.</param>
internal sealed unsafe class CardLikeDevice(Action<string> called) : IStreamDevice
{
    private int _blocks;

    public Device Device => CPU;

    /// <summary>Blocks of host memory that were taken and not given back.</summary>
    public int Blocks => _blocks;

    /// <summary>The largest block.</summary>
    public long Largest { get; private set; }

    public nint? NewHostMemory(long bytes)
    {
        called("host memory");
        called($"host memory of {bytes}");
        Interlocked.Increment(ref _blocks);
        Largest = Math.Max(Largest, bytes);
        return (nint)NativeMemory.Alloc((nuint)bytes);
    }

    public void FreeHostMemory(nint memory)
    {
        Interlocked.Decrement(ref _blocks);
        NativeMemory.Free((void*)memory);
    }

    public void Copy(nint source, Tensor target)
    {
        called("copy");
        var bytes = target.NumberOfElements * target.ElementSize;
        Buffer.MemoryCopy((void*)source, TensorMemory.Pointer(target), bytes, bytes);
    }

    public IDisposable EnterCopies() => new Mark(_ => { });

    public IStreamMark NewMark()
    {
        called("mark");
        return new Mark(called);
    }

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }

    private sealed class Mark(Action<string> called) : IStreamMark
    {
        public void SetAfterCopies()
        {
        }

        public void SetAfterComputing()
        {
        }

        public void HoldCopies()
        {
        }

        public void HoldComputing() => called("use");

        public void Wait()
        {
        }

        public void Dispose()
        {
        }
    }
}
