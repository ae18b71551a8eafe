using FloydSharp.Native;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>
/// A CUDA device: computing on libtorch's current stream, copies on one of their own that does not wait for it by itself.
/// </summary>
/// <param name="index">The device.</param>
/// <param name="cuda">CUDA's calls.</param>
internal sealed class CudaStreamDevice(int index, CudaStreams cuda) : IStreamDevice
{
    private readonly nint _copies = cuda.NewStream(index);

    /// <inheritdoc/>
    public Device Device { get; } = new("cuda", index);

    /// <inheritdoc/>
    public nint? NewHostMemory(long bytes) => cuda.NewHostMemory(bytes, index);

    /// <inheritdoc/>
    public void FreeHostMemory(nint memory) => cuda.FreeHostMemory(memory);

    /// <inheritdoc/>
    public unsafe void Copy(nint source, Tensor target) =>
        cuda.CopyToDevice((nint)TensorMemory.Pointer(target), source, target.NumberOfElements * target.ElementSize, _copies, index);

    /// <inheritdoc/>
    public IDisposable EnterCopies() => cuda.Enter(_copies, index);

    /// <inheritdoc/>
    public IStreamMark NewMark() => new Mark(cuda, index, _copies);

    /// <inheritdoc/>
    public void Synchronize() => cuda.Synchronize(index);

    /// <inheritdoc/>
    public void Dispose() => cuda.DeleteStream(_copies);

    private sealed class Mark(CudaStreams cuda, int index, nint copies) : IStreamMark
    {
        private readonly nint _event = cuda.NewEvent(index);

        public void SetAfterCopies() => cuda.Record(_event, copies, index);

        public void SetAfterComputing() => cuda.Record(_event, cuda.CurrentStream(index), index);

        public void HoldCopies() => cuda.Hold(copies, _event, index);

        public void HoldComputing() => cuda.Hold(cuda.CurrentStream(index), _event, index);

        public void Wait() => cuda.Wait(_event);

        public void Dispose() => cuda.DeleteEvent(_event);
    }
}
