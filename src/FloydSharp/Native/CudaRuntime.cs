using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>The calls of CUDA's runtime library that FloydSharp makes itself, on the copy that libtorch loaded.</summary>
internal sealed unsafe class CudaRuntime
{
    // cudaMemPoolAttr of driver_types.h.
    public const int ReleaseThreshold = 4;
    public const int ReservedMemoryCurrent = 5;
    public const int ReservedMemoryHigh = 6;
    public const int UsedMemoryCurrent = 7;
    public const int UsedMemoryHigh = 8;

    // cudaErrorMemoryAllocation of driver_types.h.
    private const int MemoryAllocation = 2;

    // cudaDeviceAttr of driver_types.h.
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;
    private const int MultiprocessorCount = 16;

    private static readonly Lock _lock = new();
    private static CudaRuntime? _found;

    private readonly nint _library;
    private readonly delegate* unmanaged<int*, int> _getDevice;
    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memGetInfo;
    private readonly delegate* unmanaged<int> _synchronize;
    private readonly delegate* unmanaged<nint*, int, int> _getDefaultPool;
    private readonly delegate* unmanaged<nint, nuint, int> _trimPool;
    private readonly delegate* unmanaged<nint, int, ulong*, int> _getPoolAttribute;
    private readonly delegate* unmanaged<nint, int, ulong*, int> _setPoolAttribute;
    private readonly delegate* unmanaged<int*, int, int, int> _getAttribute;
    private readonly delegate* unmanaged<int, byte*> _errorText;
    private readonly delegate* unmanaged<int, byte*> _errorName;
    private readonly delegate* unmanaged<int> _lastError;

    private CudaRuntime(string path)
    {
        _library = NativeLibrary.Load(path);
        _getDevice = (delegate* unmanaged<int*, int>)Export("cudaGetDevice");
        _setDevice = (delegate* unmanaged<int, int>)Export("cudaSetDevice");
        _memGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)Export("cudaMemGetInfo");
        _synchronize = (delegate* unmanaged<int>)Export("cudaDeviceSynchronize");
        _getDefaultPool = (delegate* unmanaged<nint*, int, int>)Export("cudaDeviceGetDefaultMemPool");
        _trimPool = (delegate* unmanaged<nint, nuint, int>)Export("cudaMemPoolTrimTo");
        _getPoolAttribute = (delegate* unmanaged<nint, int, ulong*, int>)Export("cudaMemPoolGetAttribute");
        _setPoolAttribute = (delegate* unmanaged<nint, int, ulong*, int>)Export("cudaMemPoolSetAttribute");
        _getAttribute = (delegate* unmanaged<int*, int, int, int>)Export("cudaDeviceGetAttribute");
        _errorText = (delegate* unmanaged<int, byte*>)Export("cudaGetErrorString");
        _errorName = (delegate* unmanaged<int, byte*>)Export("cudaGetErrorName");
        _lastError = (delegate* unmanaged<int>)Export("cudaGetLastError");

        int count;
        var error = ((delegate* unmanaged<int*, int>)Export("cudaGetDeviceCount"))(&count);
        DeviceCount = error == 0 ? count : 0;
        Problem = error == 0 ? count == 0 ? "CUDA sees no device" : null : $"CUDA sees no device: {ErrorText(error)}";
    }

    /// <summary>How many devices CUDA sees.</summary>
    public int DeviceCount { get; }

    /// <summary>Why there is no device; null when there is one.</summary>
    public string? Problem { get; }

    /// <summary>The runtime that the loaded libtorch uses; null when that has no CUDA or nothing is loaded yet.</summary>
    public static CudaRuntime? Find()
    {
        lock (_lock)
        {
            if (_found is null && NativeLibraries.Loaded?.LibtorchCuda is not null && NativeLibraryFiles.FindLoaded("libcudart") is { } path)
                _found = new CudaRuntime(path);
            return _found;
        }
    }

    /// <summary>Free and total memory of a device, in bytes. Makes the device's context if there is none yet.</summary>
    public (long Free, long Total) MemoryInformation(int device)
    {
        nuint free = 0, total = 0;
        OnDevice(device, () =>
        {
            nuint f, t;
            Check(_memGetInfo(&f, &t), "cudaMemGetInfo");
            (free, total) = (f, t);
        });
        return ((long)free, (long)total);
    }

    /// <summary>Held while a stream records a graph: no thread may wait for the whole device then.</summary>
    public Lock Recording { get; } = new();

    /// <summary>Waits until the device has done all work.</summary>
    public void Synchronize(int device)
    {
        lock (Recording)
            OnDevice(device, () => Check(_synchronize(), "cudaDeviceSynchronize"));
    }

    /// <summary>Gives the unused memory of the device's default pool back.</summary>
    public void TrimPool(int device) => Check(_trimPool(DefaultPool(device), 0), "cudaMemPoolTrimTo");

    /// <summary>An attribute of the device's default pool, in bytes.</summary>
    public long PoolAttribute(int device, int attribute)
    {
        ulong value;
        Check(_getPoolAttribute(DefaultPool(device), attribute, &value), "cudaMemPoolGetAttribute");
        return (long)value;
    }

    /// <summary>Lets the default pool keep so many bytes when the device has done its work, used or not; what is unused above goes back.</summary>
    public void KeepInPool(int device, ulong bytes) => Check(_setPoolAttribute(DefaultPool(device), ReleaseThreshold, &bytes), "cudaMemPoolSetAttribute");

    /// <summary>Sets the pool's high-water marks back to what is used now.</summary>
    public void ResetPoolPeak(int device)
    {
        ulong zero = 0;
        Check(_setPoolAttribute(DefaultPool(device), UsedMemoryHigh, &zero), "cudaMemPoolSetAttribute");
        Check(_setPoolAttribute(DefaultPool(device), ReservedMemoryHigh, &zero), "cudaMemPoolSetAttribute");
    }

    /// <summary>A device's compute capability, for example 9.0.</summary>
    public Version ComputeCapability(int device) =>
        new(Attribute(device, ComputeCapabilityMajor), Attribute(device, ComputeCapabilityMinor));

    /// <summary>A device's number of multiprocessors.</summary>
    public int Multiprocessors(int device) => Attribute(device, MultiprocessorCount);

    private int Attribute(int device, int attribute)
    {
        int value;
        Check(_getAttribute(&value, attribute, device), "cudaDeviceGetAttribute");
        return value;
    }

    private nint DefaultPool(int device)
    {
        nint pool;
        Check(_getDefaultPool(&pool, device), "cudaDeviceGetDefaultMemPool");
        return pool;
    }

    private void OnDevice(int device, Action action)
    {
        int before;
        Check(_getDevice(&before), "cudaGetDevice");
        if (before == device)
        {
            action();
            return;
        }
        Check(_setDevice(device), "cudaSetDevice");
        try
        {
            action();
        }
        finally
        {
            _ = _setDevice(before);
        }
    }

    /// <summary>The address of one of the library's functions.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="newer">The name that newer versions may have in its place.</param>
    internal nint Export(string name, string? newer = null) =>
        NativeLibrary.TryGetExport(_library, name, out var address) || (newer is not null && NativeLibrary.TryGetExport(_library, newer, out address))
            ? address
            : throw new NativeLibraryException($"CUDA's runtime library has no {name}: CUDA 11.3 or newer is needed.");

    /// <summary>Forgets an error of a library's call that was given up: libtorch's next check would blame a call of its own.</summary>
    internal void ForgetError() => _ = _lastError();

    /// <summary>Throws what an error code says.</summary>
    /// <param name="error">What a call gave.</param>
    /// <param name="call">The call.</param>
    /// <exception cref="InsufficientMemoryException">Memory of the device or page-locked memory ran out.</exception>
    /// <exception cref="NativeLibraryException">Anything else that is not success.</exception>
    internal void Check(int error, string call)
    {
        if (error == 0)
            return;
        var text = $"CUDA failed at {call}: {ErrorText(error)}.";
        if (error == MemoryAllocation)
        {
            // Else libtorch's next check would find it and blame a call of its own.
            _ = _lastError();
            throw new InsufficientMemoryException(text);
        }

        throw new NativeLibraryException(text);
    }

    private string ErrorText(int error) => $"{Text(_errorText(error))} ({Text(_errorName(error))}, error {error})";

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "unknown error";
}
