using FloydSharp.Memory;
using FloydSharp.Weights;

namespace FloydSharp.Streaming;

/// <summary>Page-locked memory of the host that a device copies from.</summary>
internal sealed class HostBlock : IDisposable
{
    private readonly IStreamDevice _device;
    private readonly long _bytes;

    private HostBlock(IStreamDevice device, nint address, long bytes)
    {
        (_device, Address, _bytes) = (device, address, bytes);
        PageLockedMemory.Add(bytes);
    }

    /// <summary>Where it begins.</summary>
    public nint Address { get; }

    /// <summary>Takes memory.</summary>
    /// <returns>Null where slots are memory of the host themselves.</returns>
    /// <exception cref="InsufficientMemoryException">There is no more of it.</exception>
    public static HostBlock? Take(IStreamDevice device, long bytes) => device.NewHostMemory(bytes) is { } address ? new(device, address, bytes) : null;

    /// <summary>Gives the memory back; the device must be done with it.</summary>
    public void Dispose()
    {
        _device.FreeHostMemory(Address);
        PageLockedMemory.Add(-_bytes);
    }
}
