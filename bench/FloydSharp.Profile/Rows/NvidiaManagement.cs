using System.Runtime.InteropServices;
using FloydSharp.IO;

namespace FloydSharp.Profile.Rows;

/// <summary>What NVIDIA's management library says of the first GPU; unlike CUDA it takes no memory there to ask.</summary>
internal static partial class NvidiaManagement
{
    private const string Library = "libnvidia-ml.so.1";

    private static readonly Lazy<nint> _device = new(() =>
        Init() == 0 && DeviceHandle(0, out var device) == 0 ? device : throw new FloydException("NVIDIA's management library sees no GPU here."));

    /// <summary>Memory in use by all processes, in bytes.</summary>
    /// <exception cref="FloydException">There is no GPU.</exception>
    public static long Used
    {
        get
        {
            try
            {
                return MemoryInformation(_device.Value, out var memory) == 0 ? (long)memory.Used : throw new FloydException("NVIDIA's management library does not tell the memory in use.");
            }
            catch (DllNotFoundException)
            {
                throw new FloydException("There is no CUDA GPU here; run this on a machine with one.");
            }
        }
    }

    [LibraryImport(Library, EntryPoint = "nvmlInit_v2")]
    private static partial int Init();

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    private static partial int DeviceHandle(uint index, out nint device);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetMemoryInfo")]
    private static partial int MemoryInformation(nint device, out Memory memory);

    [StructLayout(LayoutKind.Sequential)]
    private struct Memory
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }
}
