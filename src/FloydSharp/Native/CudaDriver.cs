using System.Runtime.InteropServices;
using System.Text;

namespace FloydSharp.Native;

/// <summary>What only NVIDIA's driver library tells: its version and the devices' names.</summary>
internal static unsafe partial class CudaDriver
{
    private const string Library = "libcuda.so.1";

    /// <summary>The newest CUDA that the driver supports, for example 13.0; null without a driver.</summary>
    public static Version? SupportedCuda() => Try(() =>
    {
        int version;
        return DriverVersion(&version) == 0 ? new Version(version / 1000, version % 1000 / 10) : null;
    });

    /// <summary>A device's name; null when the driver does not tell.</summary>
    public static string? DeviceName(int device) => Try(() =>
    {
        const int Length = 256;
        var name = stackalloc byte[Length];
        int handle;
        return Init(0) == 0 && DeviceGet(&handle, device) == 0 && DeviceGetName(name, Length, handle) == 0
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))
            : null;
    });

    private static T? Try<T>(Func<T?> call)
        where T : class
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport(Library, EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    private static partial int DriverVersion(int* version);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(int* device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    private static partial int DeviceGetName(byte* name, int length, int device);
}
