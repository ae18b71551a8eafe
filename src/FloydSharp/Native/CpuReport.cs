using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>The processor.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Architecture">Its instruction set, for example X64.</param>
/// <param name="PhysicalCores">Cores in the machine, without hyper-threads; 0 when unknown.</param>
/// <param name="UsableProcessors">Hardware threads this process may use, within affinity and container limits.</param>
/// <param name="Features">Which of the instructions that matter for speed it has, fastest last, for example AVX2, AVX-512F, AVX512-BF16.</param>
public sealed record CpuReport(string Model, string Architecture, int PhysicalCores, int UsableProcessors, IReadOnlyList<string> Features)
{
    /// <summary>How models in float32 are computed on it.</summary>
    public CpuPath Path { get; init; } = CpuPaths.Default;

    // Flag in /proc/cpuinfo, name for people.
    private static readonly (string Flag, string Name)[] _features =
    [
        ("avx2", "AVX2"),
        ("fma", "FMA"),
        ("f16c", "F16C"),
        ("avx_vnni", "AVX-VNNI"),
        ("avx512f", "AVX-512F"),
        ("avx512_vnni", "AVX512-VNNI"),
        ("avx512_bf16", "AVX512-BF16"),
        ("avx512_fp16", "AVX512-FP16"),
        ("amx_int8", "AMX-INT8"),
        ("amx_bf16", "AMX-BF16"),
        ("asimddp", "ARM dot product"),
        ("i8mm", "ARM I8MM"),
        ("bf16", "ARM BF16"),
        ("sve", "ARM SVE"),
    ];

    /// <summary>The processor of this machine.</summary>
    public static CpuReport Collect() =>
        Parse(OperatingSystem.IsLinux() ? File.ReadAllText("/proc/cpuinfo") : "", Environment.ProcessorCount);

    /// <summary>The processor that the text of <c>/proc/cpuinfo</c> describes.</summary>
    internal static CpuReport Parse(string text, int usable)
    {
        string? model = null;
        HashSet<string> flags = [];
        HashSet<(string, string)> cores = [];
        var package = "";
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':');
            if (colon < 0)
                continue;
            var value = line[(colon + 1)..].Trim();
            switch (line[..colon].Trim())
            {
                case "model name":
                    model ??= value;
                    break;
                case "physical id":
                    package = value;
                    break;
                case "core id":
                    cores.Add((package, value));
                    break;
                case "flags" or "Features" when flags.Count == 0:
                    flags = [.. value.Split(' ')];
                    break;
            }
        }
        return new CpuReport(
            model ?? "unknown",
            RuntimeInformation.ProcessArchitecture.ToString(),
            cores.Count,
            usable,
            [.. _features.Where(f => flags.Contains(f.Flag)).Select(f => f.Name)]);
    }
}
