using System.Runtime.InteropServices;
using FloydSharp.Memory;

namespace FloydSharp.Native;

/// <summary>What a person needs to know when something does not work or is slow: libraries, machine, memory, disks.</summary>
/// <param name="Libtorch">The native libraries.</param>
/// <param name="OperatingSystem">The system's name and version.</param>
/// <param name="Dotnet">The .NET runtime's name and version.</param>
/// <param name="Cpu">The processor.</param>
/// <param name="Gpus">The CUDA devices; empty when there are none.</param>
/// <param name="GpuProblem">Why there are none; null when there are some.</param>
/// <param name="Memory">The machine's or container's memory.</param>
/// <param name="Process">This process's memory.</param>
/// <param name="Folders">The caches.</param>
public sealed record SystemReport(
    LibtorchReport Libtorch,
    string OperatingSystem,
    string Dotnet,
    CpuReport Cpu,
    IReadOnlyList<GpuReport> Gpus,
    string? GpuProblem,
    SystemMemory Memory,
    ProcessMemory Process,
    IReadOnlyList<FolderReport> Folders)
{
    /// <summary>Why forward passes are not recorded and repeated as CUDA graphs; null where they are.</summary>
    public string? GraphProblem { get; init; }

    /// <summary>Looks at everything, loading the native libraries if need be. What fails is reported, not thrown.</summary>
    public static SystemReport Collect()
    {
        var libtorch = LibtorchReport.Collect();
        var (gpus, problem) = GpuReport.CollectAll(libtorch.Libraries);
        return new SystemReport(
            libtorch,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            CpuReport.Collect(),
            gpus,
            problem,
            SystemMemory.Read(),
            ProcessMemory.Read(),
            FolderReport.CollectAll())
        {
            GraphProblem = gpus.Count > 0 ? CudaGraphSupport.Problem(0) : "no GPU",
        };
    }
}
