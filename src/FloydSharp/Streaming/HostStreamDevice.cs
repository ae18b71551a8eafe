using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>The processor: what was called is done, so there is nothing to wait for.</summary>
internal sealed class HostStreamDevice : IStreamDevice
{
    /// <inheritdoc/>
    public Device Device => CPU;

    /// <inheritdoc/>
    public nint? NewHostMemory(long bytes) => null;

    /// <inheritdoc/>
    public void FreeHostMemory(nint memory)
    {
    }

    /// <inheritdoc/>
    public void Copy(nint source, Tensor target) => throw new NotSupportedException("Slots are memory of the host.");

    /// <inheritdoc/>
    public IDisposable EnterCopies() => new Nothing();

    /// <inheritdoc/>
    public IStreamMark NewMark() => new Nothing();

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Nothing : IStreamMark
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

        public void HoldComputing()
        {
        }

        public void Wait()
        {
        }

        public void Dispose()
        {
        }
    }
}
