using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>
/// Streams, events and page-locked memory of CUDA, which TorchSharp does not wrap, and libtorch's current stream through its stable C interface
/// (<c>torch/csrc/inductor/aoti_torch/c/shim.h</c>).
/// </summary>
internal sealed unsafe class CudaStreams
{
    // cudaStreamNonBlocking, cudaEventBlockingSync | cudaEventDisableTiming and cudaHostAllocDefault of driver_types.h. Who waits
    // for an event sleeps: spinning would take a processor from the one that reads.
    private const uint NonBlocking = 1;
    private const uint SleepingWithoutTimes = 1 | 2;
    private const uint UsualHostMemory = 0;
    private const int HostToDevice = 1;

    private static readonly Lazy<CudaStreams> _found = new(() => new());

    private readonly CudaRuntime _runtime;
    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<nint*, uint, int> _streamCreate;
    private readonly delegate* unmanaged<nint, int> _streamDestroy;
    private readonly delegate* unmanaged<nint, nint, uint, int> _streamWaitEvent;
    private readonly delegate* unmanaged<nint*, uint, int> _eventCreate;
    private readonly delegate* unmanaged<nint, int> _eventDestroy;
    private readonly delegate* unmanaged<nint, nint, int> _eventRecord;
    private readonly delegate* unmanaged<nint, int> _eventSynchronize;
    private readonly delegate* unmanaged<nint*, nuint, uint, int> _hostAlloc;
    private readonly delegate* unmanaged<nint, int> _freeHost;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, int> _memcpyAsync;
    private readonly delegate* unmanaged[Cdecl]<int, nint*, int> _currentStream;
    private readonly delegate* unmanaged[Cdecl]<nint, int, nint*, int> _newGuard;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _deleteGuard;

    private CudaStreams()
    {
        _runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("The loaded libtorch has no CUDA; set FLOYD_LIBTORCH to one that has.");
        _setDevice = (delegate* unmanaged<int, int>)_runtime.Export("cudaSetDevice");
        _streamCreate = (delegate* unmanaged<nint*, uint, int>)_runtime.Export("cudaStreamCreateWithFlags");
        _streamDestroy = (delegate* unmanaged<nint, int>)_runtime.Export("cudaStreamDestroy");
        _streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)_runtime.Export("cudaStreamWaitEvent");
        _eventCreate = (delegate* unmanaged<nint*, uint, int>)_runtime.Export("cudaEventCreateWithFlags");
        _eventDestroy = (delegate* unmanaged<nint, int>)_runtime.Export("cudaEventDestroy");
        _eventRecord = (delegate* unmanaged<nint, nint, int>)_runtime.Export("cudaEventRecord");
        _eventSynchronize = (delegate* unmanaged<nint, int>)_runtime.Export("cudaEventSynchronize");
        _hostAlloc = (delegate* unmanaged<nint*, nuint, uint, int>)_runtime.Export("cudaHostAlloc");
        _freeHost = (delegate* unmanaged<nint, int>)_runtime.Export("cudaFreeHost");
        _memcpyAsync = (delegate* unmanaged<nint, nint, nuint, int, nint, int>)_runtime.Export("cudaMemcpyAsync");

        var torch = NativeLibrary.Load(NativeLibraries.Loaded!.LibtorchCuda!);
        _currentStream = (delegate* unmanaged[Cdecl]<int, nint*, int>)Shim(torch, "aoti_torch_get_current_cuda_stream");
        _newGuard = (delegate* unmanaged[Cdecl]<nint, int, nint*, int>)Shim(torch, "aoti_torch_create_cuda_stream_guard");
        _deleteGuard = (delegate* unmanaged[Cdecl]<nint, int>)Shim(torch, "aoti_torch_delete_cuda_stream_guard");
    }

    /// <summary>The calls of the loaded libtorch.</summary>
    /// <exception cref="NativeLibraryException">It has no CUDA, or is too old.</exception>
    public static CudaStreams Open() => _found.Value;

    /// <summary>Makes a stream that does not wait for the default one.</summary>
    public nint NewStream(int device)
    {
        nint stream;
        Choose(device);
        _runtime.Check(_streamCreate(&stream, NonBlocking), "cudaStreamCreateWithFlags");
        return stream;
    }

    /// <summary>Deletes a stream when its work is done.</summary>
    public void DeleteStream(nint stream) => _ = _streamDestroy(stream);

    /// <summary>Makes an event.</summary>
    public nint NewEvent(int device)
    {
        nint value;
        Choose(device);
        _runtime.Check(_eventCreate(&value, SleepingWithoutTimes), "cudaEventCreateWithFlags");
        return value;
    }

    /// <summary>Deletes an event.</summary>
    public void DeleteEvent(nint value) => _ = _eventDestroy(value);

    /// <summary>Sets an event behind a stream's work.</summary>
    public void Record(nint value, nint stream, int device)
    {
        // Stream 0 is the default stream of the thread's current device.
        Choose(device);
        _runtime.Check(_eventRecord(value, stream), "cudaEventRecord");
    }

    /// <summary>Lets a stream's later work wait for an event.</summary>
    public void Hold(nint stream, nint value, int device)
    {
        Choose(device);
        _runtime.Check(_streamWaitEvent(stream, value, 0), "cudaStreamWaitEvent");
    }

    /// <summary>Waits for an event on the host.</summary>
    public void Wait(nint value) => _runtime.Check(_eventSynchronize(value), "cudaEventSynchronize");

    /// <summary>Waits until the device has done all work.</summary>
    public void Synchronize(int device) => _runtime.Synchronize(device);

    /// <summary>Takes page-locked memory of the host, which the device reads while the processor goes on.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="device">The device that it is for.</param>
    /// <returns>Its address; to be given to <see cref="FreeHostMemory"/>.</returns>
    public nint NewHostMemory(long bytes, int device)
    {
        nint memory;
        Choose(device);
        _runtime.Check(_hostAlloc(&memory, (nuint)bytes, UsualHostMemory), "cudaHostAlloc");
        return memory;
    }

    /// <summary>Gives page-locked memory back to the system; waits for copies out of it.</summary>
    public void FreeHostMemory(nint memory) => _ = _freeHost(memory);

    /// <summary>Copies from the host to the device, behind a stream's work. Page-locked memory must stay as it is until that is done.</summary>
    public void CopyToDevice(nint target, nint source, long bytes, nint stream, int device)
    {
        Choose(device);
        _runtime.Check(_memcpyAsync(target, source, (nuint)bytes, HostToDevice, stream), "cudaMemcpyAsync");
    }

    /// <summary>The stream that libtorch uses on this thread.</summary>
    public nint CurrentStream(int device)
    {
        nint stream;
        Check(_currentStream(device, &stream));
        return stream;
    }

    /// <summary>Makes a stream the one that libtorch uses on this thread, until the result is disposed there.</summary>
    public IDisposable Enter(nint stream, int device)
    {
        nint guard;
        Choose(device);
        Check(_newGuard(stream, device, &guard));
        return new Guard(this, guard);
    }

    private void Choose(int device) => _runtime.Check(_setDevice(device), "cudaSetDevice");

    private static nint Shim(nint library, string name) => NativeLibrary.TryGetExport(library, name, out var address)
        ? address
        : throw new NativeLibraryException($"This libtorch has no {name}: streaming weights to a GPU needs version 2.7 or newer.");

    private static void Check(int status)
    {
        if (status != 0)
            throw new NativeLibraryException("libtorch refused a call about CUDA streams; what it says stands on stderr.");
    }

    private sealed class Guard(CudaStreams owner, nint handle) : IDisposable
    {
        public void Dispose() => _ = owner._deleteGuard(handle);
    }
}
