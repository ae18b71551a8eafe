using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>The calls of cuDNN's graph interface that FloydSharp makes itself, on the copy that libtorch loaded.</summary>
/// <remarks>The graph interface is that of cuDNN's documentation, "Backend API"; the numbers are in CudnnNames.cs.</remarks>
internal sealed unsafe class Cudnn
{
    private const int Major = 9;
    private const int MessageBytes = 512;

    private static readonly Lock _lock = new();
    private static Cudnn? _found;

    private readonly delegate* unmanaged<int, byte*> _errorText;
    private readonly delegate* unmanaged<byte*, nuint, void> _lastError;
    private readonly delegate* unmanaged<nint*, int> _create;
    private readonly delegate* unmanaged<nint, int> _destroy;
    private readonly delegate* unmanaged<nint, nint, int> _setStream;
    private readonly delegate* unmanaged<int, nint*, int> _createDescriptor;
    private readonly delegate* unmanaged<nint, int> _destroyDescriptor;
    private readonly delegate* unmanaged<nint, int, int, long, void*, int> _setAttribute;
    private readonly delegate* unmanaged<nint, int, int, long, long*, void*, int> _getAttribute;
    private readonly delegate* unmanaged<nint, int> _finalize;
    private readonly delegate* unmanaged<nint, nint, nint, int> _execute;

    private Cudnn(nint library, long version)
    {
        nint Export(string name) => NativeLibrary.TryGetExport(library, name, out var address)
            ? address
            : throw new NativeLibraryException($"cuDNN {version} has no {name}.");
        Version = version;
        _errorText = (delegate* unmanaged<int, byte*>)Export("cudnnGetErrorString");
        _lastError = (delegate* unmanaged<byte*, nuint, void>)Export("cudnnGetLastErrorString");
        _create = (delegate* unmanaged<nint*, int>)Export("cudnnCreate");
        _destroy = (delegate* unmanaged<nint, int>)Export("cudnnDestroy");
        _setStream = (delegate* unmanaged<nint, nint, int>)Export("cudnnSetStream");
        _createDescriptor = (delegate* unmanaged<int, nint*, int>)Export("cudnnBackendCreateDescriptor");
        _destroyDescriptor = (delegate* unmanaged<nint, int>)Export("cudnnBackendDestroyDescriptor");
        _setAttribute = (delegate* unmanaged<nint, int, int, long, void*, int>)Export("cudnnBackendSetAttribute");
        _getAttribute = (delegate* unmanaged<nint, int, int, long, long*, void*, int>)Export("cudnnBackendGetAttribute");
        _finalize = (delegate* unmanaged<nint, int>)Export("cudnnBackendFinalize");
        _execute = (delegate* unmanaged<nint, nint, nint, int>)Export("cudnnBackendExecute");
    }

    /// <summary>The version as cuDNN writes it: 91002 is 9.10.2.</summary>
    public long Version { get; }

    /// <summary>The version for people.</summary>
    public string VersionText => TextOf(Version);

    /// <summary>cuDNN as it comes with the loaded libtorch.</summary>
    /// <exception cref="NativeLibraryException">There is none, or it is of another major version than 9.</exception>
    public static Cudnn Open()
    {
        lock (_lock)
        {
            if (_found is not null)
                return _found;
            var path = (NativeLibraries.Loaded?.LibtorchCuda is null ? null : NativeLibraryFiles.Find("libcudnn"))
                ?? throw new NativeLibraryException("There is no cuDNN beside libtorch.");
            if (!NativeLibrary.TryLoad(path, out var library) || !NativeLibrary.TryGetExport(library, "cudnnGetVersion", out var address))
                throw new NativeLibraryException($"{path} cannot be used.");
            var version = (long)((delegate* unmanaged<nuint>)address)();
            return MajorOf(version) == Major
                ? _found = new(library, version)
                : throw new NativeLibraryException($"This is cuDNN {TextOf(version)}; version {Major} is needed.");
        }
    }

    /// <summary>The major version of a number that cuDNN tells. Before 9 it was thousands, since then ten thousands.</summary>
    public static long MajorOf(long version) => version >= 90000 ? version / 10000 : version / 1000;

    /// <summary>Makes a handle on the current device.</summary>
    /// <returns>To be given to <see cref="DeleteHandle"/>.</returns>
    public nint NewHandle()
    {
        nint handle;
        Check(_create(&handle), "cudnnCreate");
        return handle;
    }

    /// <summary>Deletes a handle; waits for the device.</summary>
    public void DeleteHandle(nint handle) => _ = _destroy(handle);

    /// <summary>Lets a handle's later work go to a stream.</summary>
    public void SetStream(nint handle, nint stream) => Check(_setStream(handle, stream), "cudnnSetStream");

    /// <summary>Gives a plan's work to the handle's stream.</summary>
    public void Execute(nint handle, CudnnDescriptor plan, CudnnDescriptor pack) => Check(_execute(handle, plan.Value, pack.Value), "cudnnBackendExecute");

    internal nint Create(CudnnKind kind)
    {
        nint descriptor;
        Check(_createDescriptor((int)kind, &descriptor), $"creating {kind}");
        return descriptor;
    }

    internal void Destroy(nint descriptor) => _ = _destroyDescriptor(descriptor);

    internal void Set(nint descriptor, CudnnAttribute name, CudnnType type, long count, void* values) =>
        Check(_setAttribute(descriptor, (int)name, (int)type, count, values), $"setting {name}");

    internal long Get(nint descriptor, CudnnAttribute name, CudnnType type, long most, void* values)
    {
        long count = 0;
        Check(_getAttribute(descriptor, (int)name, (int)type, most, &count, values), $"reading {name}");
        return count;
    }

    /// <summary>Whether cuDNN takes a descriptor as it is; it says no to what it does not support.</summary>
    internal bool TrySeal(nint descriptor) => _finalize(descriptor) == 0;

    internal void Seal(nint descriptor, CudnnKind kind) => Check(_finalize(descriptor), $"finishing {kind}");

    private static string TextOf(long version)
    {
        var thousands = version >= 90000 ? 10000 : 1000;
        return $"{version / thousands}.{version % thousands / 100}.{version % 100}";
    }

    private void Check(int status, string call)
    {
        if (status == 0)
            return;
        var name = Marshal.PtrToStringUTF8((nint)_errorText(status)) ?? "unknown error";
        var bytes = stackalloc byte[MessageBytes];
        bytes[0] = 0;
        _lastError(bytes, MessageBytes);
        bytes[MessageBytes - 1] = 0;
        var more = Marshal.PtrToStringUTF8((nint)bytes)!.ReplaceLineEndings(" ").Trim();
        var text = $"cuDNN failed at {call}: {name} ({status}){(more.Length > 0 ? $", {more}" : "")}.";

        // A handle that finds no room says that it is not initialized.
        if (name.Contains("ALLOC", StringComparison.Ordinal) || name.Contains("NOT_INITIALIZED", StringComparison.Ordinal))
            throw new InsufficientMemoryException(text);
        throw new NativeLibraryException(text);
    }
}
