using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>Kernels loaded on the current device, launched on its default stream, where TorchSharp's own run, or on another. Lives as long as the process.</summary>
internal sealed unsafe partial class CudaModule
{
    private const string Library = "libcuda.so.1";

    // CUDA_ERROR_OUT_OF_MEMORY of cuda.h.
    private const int OutOfMemory = 2;

    [ThreadStatic]
    private static bool _hasContext;

    private readonly nint _module;
    private readonly int _device;

    /// <summary>Loads machine code.</summary>
    /// <param name="code">From <see cref="CudaCompiler"/>.</param>
    /// <param name="device">Where the kernels will run; its context must exist (any tensor on it makes one).</param>
    /// <exception cref="InsufficientMemoryException">The device has no memory left for it.</exception>
    /// <exception cref="NativeLibraryException">The driver refuses it.</exception>
    public CudaModule(byte[] code, int device)
    {
        _device = device;
        EnsureContext();
        nint module;
        fixed (byte* data = code)
            Check(ModuleLoadData(&module, data), "cuModuleLoadData");
        _module = module;
    }

    /// <summary>A kernel by its name.</summary>
    public nint Function(string name)
    {
        nint function;
        Check(ModuleGetFunction(&function, _module, name), "cuModuleGetFunction");
        return function;
    }

    /// <summary>Launches a kernel.</summary>
    /// <param name="function">From <see cref="Function"/>.</param>
    /// <param name="grid">Blocks in x and y.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">In the kernel's order.</param>
    /// <param name="stream">Where; 0 is the default stream.</param>
    public void Launch(nint function, (int X, int Y) grid, int threads, int sharedBytes, ReadOnlySpan<CudaArgument> arguments, nint stream = 0)
    {
        EnsureContext();
        var pointers = stackalloc void*[arguments.Length];
        fixed (CudaArgument* values = arguments)
        {
            for (var i = 0; i < arguments.Length; i++)
                pointers[i] = values + i;
            Check(LaunchKernel(function, (uint)grid.X, (uint)grid.Y, 1, (uint)threads, 1, 1, (uint)sharedBytes, stream, pointers, null), "cuLaunchKernel");
        }
    }

    /// <summary>Makes the context that libtorch uses this thread's; autograd calls on threads of its own.</summary>
    private void EnsureContext()
    {
        if (_hasContext)
            return;
        nint context;
        Check(CtxGetCurrent(&context), "cuCtxGetCurrent");
        if (context == 0)
        {
            int handle;
            Check(DeviceGet(&handle, _device), "cuDeviceGet");
            Check(DevicePrimaryCtxRetain(&context, handle), "cuDevicePrimaryCtxRetain");
            Check(CtxSetCurrent(context), "cuCtxSetCurrent");
        }

        _hasContext = true;
    }

    private static void Check(int error, string function)
    {
        if (error == OutOfMemory)
            throw new InsufficientMemoryException($"{function} failed: CUDA is out of memory.");
        if (error != 0)
            throw new NativeLibraryException($"{function} failed (error {error}).");
    }

    [LibraryImport(Library, EntryPoint = "cuCtxGetCurrent")]
    private static partial int CtxGetCurrent(nint* context);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    private static partial int CtxSetCurrent(nint context);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(int* device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int DevicePrimaryCtxRetain(nint* context, int device);

    [LibraryImport(Library, EntryPoint = "cuModuleLoadData")]
    private static partial int ModuleLoadData(nint* module, byte* image);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ModuleGetFunction(nint* function, nint module, string name);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernel")]
    private static partial int LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** parameters, void** extra);
}

/// <summary>A pointer, an int or a float for a kernel.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal readonly struct CudaArgument
{
    [FieldOffset(0)]
    private readonly nint _pointer;

    [FieldOffset(0)]
    private readonly int _integer;

    [FieldOffset(0)]
    private readonly float _number;

    private CudaArgument(nint pointer) => _pointer = pointer;

    private CudaArgument(int integer) => _integer = integer;

    private CudaArgument(float number) => _number = number;

    public static implicit operator CudaArgument(nint pointer) => new(pointer);

    public static implicit operator CudaArgument(int integer) => new(integer);

    public static implicit operator CudaArgument(float number) => new(number);
}
