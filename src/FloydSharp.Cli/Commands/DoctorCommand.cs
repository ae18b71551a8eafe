using System.CommandLine;
using System.Globalization;
using FloydSharp.Cli.Output;
using FloydSharp.Native;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd doctor</c>: what was found on this machine.</summary>
internal sealed class DoctorCommand(DoctorSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new DoctorSettings();
        return settings.ToCommand(
            "doctor", "Show what this machine has: libtorch, processor, GPUs, memory, caches.", () => new DoctorCommand(settings, host).Run());
    }

    private void Run()
    {
        var report = SystemReport.Collect();
        if (settings.Json)
            Json.Write(host.Out, report);
        else
            Print(report, new Columns(host.Out));
        if (report.Libtorch.Problem is { } problem)
            throw new NativeLibraryException(problem);
    }

    private static void Print(SystemReport report, Columns columns)
    {
        columns.Row("floyd", $"{FloydCli.Version}, TorchSharp {report.Libtorch.TorchSharpVersion}, {report.Dotnet}, {report.OperatingSystem}");
        columns.Row("libtorch", report.Libtorch.Libraries is { } libraries ? $"{report.Libtorch.Version}, {libraries.Libtorch}" : "not loaded");

        var cores = report.Cpu.PhysicalCores > 0 ? $", {report.Cpu.PhysicalCores} cores" : "";
        columns.Row("processor", $"{report.Cpu.Model} ({report.Cpu.Architecture}{cores}, {report.Cpu.UsableProcessors} threads usable)");
        columns.Row("features", report.Cpu.Features.Count > 0 ? string.Join(", ", report.Cpu.Features) : "none that matter here");
        columns.Row("CPU path", report.Cpu.Path switch
        {
            CpuPath.Vector512 => "Vector512: own kernels with AVX-512",
            CpuPath.Vector256 => "Vector256: own kernels with AVX2",
            _ => CpuPaths.Fastest == CpuPath.Plain
                ? "plain: libtorch's operators; own kernels need AVX2 and FMA"
                : $"plain: libtorch's operators, as {CpuPaths.PlainVariable} says",
        });

        foreach (var gpu in report.Gpus)
        {
            columns.Row($"cuda:{gpu.Index}", $"{gpu.Name} (compute {gpu.ComputeCapability}), {Units.Bytes(gpu.Memory.Free)} free of {Units.Bytes(gpu.Memory.Total)}");
            columns.Row("GPU path", $"{(gpu.Path == CudaPath.Fused ? "fused" : "plain: libtorch's operators")}: {gpu.PathReason}");
            columns.Row("convolutions", gpu.Convolutions);
            columns.Row("wide attention", gpu.WideAttention);
        }
        if (report.Gpus.Count > 0)
            columns.Row("CUDA graphs", report.GraphProblem is { } reason ? $"not used: {reason}" : "used where a model runs often enough");
        if (report.GpuProblem is { } problem)
            columns.Row("GPU", $"none: {problem}");

        columns.Row("memory", $"{Units.Bytes(report.Memory.Available)} free of {Units.Bytes(report.Memory.Total)}");
        var limits = report.Memory.Container;
        columns.Row("container", (limits.MemoryLimit, limits.Cpus) switch
        {
            (null, null) => "no limits",
            var (memory, cpus) => string.Join(", ", new[]
            {
                memory is { } bytes ? $"at most {Units.Bytes(bytes)} of memory" : "no memory limit",
                cpus is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count:0.##} processors") : "no processor limit",
            }),
        });
        foreach (var folder in report.Folders)
        {
            var free = folder.Free is { } bytes ? $", {Units.Bytes(bytes)} free" : "";
            columns.Row(folder.Purpose, $"{folder.Path} ({(folder.Exists ? Units.Bytes(folder.Size) : "empty")}{free})");
        }
    }
}
