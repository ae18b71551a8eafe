using FloydSharp.Native;
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
    public Tensor HostBuffer(long elements, ScalarType dtype)
    {
        using var plain = empty(elements, dtype);
        return plain.pin_memory();
    }

    /// <inheritdoc/>
    public IDisposable EnterCopies() => cuda.Enter(_copies, index);

    /// <inheritdoc/>
    public IStreamMark NewMark() => new Mark(this);

    /// <inheritdoc/>
    public void Synchronize() => cuda.Synchronize(index);

    /// <inheritdoc/>
    public void Dispose() => cuda.DeleteStream(_copies);

    private sealed class Mark(CudaStreamDevice owner) : IStreamMark
    {
        private readonly nint _event = owner.Cuda.NewEvent(owner.Index);

        public void SetAfterCopies() => owner.Cuda.Record(_event, owner.Copies);

        public void SetAfterComputing() => owner.Cuda.Record(_event, owner.Cuda.CurrentStream(owner.Index));

        public void HoldCopies() => owner.Cuda.Hold(owner.Copies, _event);

        public void HoldComputing() => owner.Cuda.Hold(owner.Cuda.CurrentStream(owner.Index), _event);

        public void Wait() => owner.Cuda.Wait(_event);

        public void Dispose() => owner.Cuda.DeleteEvent(_event);
    }

    private CudaStreams Cuda => cuda;

    private int Index => index;

    private nint Copies => _copies;
}
