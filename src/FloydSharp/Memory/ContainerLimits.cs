using System.Globalization;

namespace FloydSharp.Memory;

/// <summary>What a Linux control group (version 1 or 2), and so a container, allows this process.</summary>
/// <param name="MemoryLimit">The tightest memory limit, in bytes; null when there is none.</param>
/// <param name="MemoryAvailable">What may still be used below the tightest limit, in bytes, counting file cache as free; null when there is no limit.</param>
/// <param name="Cpus">The processor time allowed, in processors (1.5 is one and a half); null when there is no limit.</param>
public sealed record ContainerLimits(long? MemoryLimit, long? MemoryAvailable, double? Cpus)
{
    // Version 1 says "no limit" with the largest multiple of the page size.
    private const long Unlimited = 1L << 60;

    /// <summary>No limits.</summary>
    public static ContainerLimits None { get; } = new(null, null, null);

    /// <summary>The limits of this process now; <see cref="None"/> where there are no control groups.</summary>
    public static ContainerLimits Read()
    {
        const string Membership = "/proc/self/cgroup";
        return OperatingSystem.IsLinux() && TryText(Membership) is { } text ? Read(text, "/sys/fs/cgroup") : None;
    }

    /// <summary>The limits for the text of <c>/proc/self/cgroup</c> below the folder where control groups are mounted.</summary>
    internal static ContainerLimits Read(string membership, string root)
    {
        var limits = None;
        foreach (var line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.TrimEnd('\r').Split(':', 3);
            if (parts.Length != 3)
                continue;
            var controllers = parts[1].Split(',');
            if (parts[0] == "0" && parts[1].Length == 0)
            {
                limits = limits.Tighten(root, parts[2], MemoryV2, CpusV2);
                limits = limits.Tighten(Path.Combine(root, "unified"), parts[2], MemoryV2, CpusV2);
            }
            else if (controllers.Contains("memory"))
            {
                limits = limits.Tighten(Path.Combine(root, "memory"), parts[2], MemoryV1, _ => null);
            }
            else if (controllers.Contains("cpu"))
            {
                limits = limits.Tighten(Path.Combine(root, "cpu"), parts[2], _ => null, CpusV1);
                limits = limits.Tighten(Path.Combine(root, parts[1]), parts[2], _ => null, CpusV1);
            }
        }
        return limits;
    }

    // A parent's limit binds its children too. Inside a container the path may name a folder that only the host sees:
    // then the mount's root is the group.
    private ContainerLimits Tighten(string mount, string group, Func<string, Memory?> memory, Func<string, double?> cpus)
    {
        var limits = this;
        var relative = group.Trim('/');
        while (true)
        {
            var folder = Path.Combine(mount, relative);
            if (!relative.Split('/').Contains("..") && Directory.Exists(folder))
            {
                if (memory(folder) is { } found)
                {
                    limits = limits with
                    {
                        MemoryLimit = Math.Min(found.Limit, limits.MemoryLimit ?? long.MaxValue),
                        MemoryAvailable = Math.Min(found.Available, limits.MemoryAvailable ?? long.MaxValue),
                    };
                }
                if (cpus(folder) is { } count)
                    limits = limits with { Cpus = Math.Min(count, limits.Cpus ?? double.MaxValue) };
            }
            if (relative.Length == 0)
                return limits;
            relative = relative[..Math.Max(0, relative.LastIndexOf('/'))];
        }
    }

    private static Memory? MemoryV2(string folder) => MemoryOf(folder, "memory.max", "memory.current", "");

    private static Memory? MemoryV1(string folder) => MemoryOf(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_");

    private static Memory? MemoryOf(string folder, string limitFile, string usageFile, string prefix)
    {
        if (Number(Path.Combine(folder, limitFile)) is not { } limit || limit >= Unlimited)
            return null;
        var usage = Number(Path.Combine(folder, usageFile)) ?? 0;
        var statistics = TryText(Path.Combine(folder, "memory.stat")) ?? "";
        // Usage counts the file cache, mapped weights among it, which the kernel drops before it kills anything.
        var cache = (KeyValueText.Number(statistics, prefix + "inactive_file") ?? 0) + (KeyValueText.Number(statistics, prefix + "active_file") ?? 0);
        return new Memory(limit, Math.Clamp(limit - Math.Max(0, usage - cache), 0, limit));
    }

    private static double? CpusV2(string folder)
    {
        var parts = TryText(Path.Combine(folder, "cpu.max"))?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return parts is { Length: 2 } && Parse(parts[0]) is { } quota && Parse(parts[1]) is { } period ? Ratio(quota, period) : null;
    }

    private static double? CpusV1(string folder) =>
        Number(Path.Combine(folder, "cpu.cfs_quota_us")) is { } quota && Number(Path.Combine(folder, "cpu.cfs_period_us")) is { } period
            ? Ratio(quota, period)
            : null;

    private static double? Ratio(long quota, long period) => quota > 0 && period > 0 ? (double)quota / period : null;

    private static long? Number(string path) => TryText(path) is { } text ? Parse(text.Trim()) : null;

    private static long? Parse(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? TryText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private readonly record struct Memory(long Limit, long Available);
}
