using System.Runtime.InteropServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Memory for numbers, aligned to a cache line, its content undefined at first. Freed on disposal.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    private const nuint CacheLine = 64;

    private Action? _freed;

    /// <summary>Allocates.</summary>
    /// <param name="count">Numbers.</param>
    /// <param name="freed">Called once when the memory is freed; null for nothing.</param>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public AlignedBuffer(long count, Action? freed = null)
    {
        Pointer = (float*)NativeMemory.AlignedAlloc(checked((nuint)count * sizeof(float)), CacheLine);
        _freed = freed;
    }

    ~AlignedBuffer() => Free();

    /// <summary>The first number; null after disposal.</summary>
    public float* Pointer { get; private set; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        Interlocked.Exchange(ref _freed, null)?.Invoke();
    }
}
