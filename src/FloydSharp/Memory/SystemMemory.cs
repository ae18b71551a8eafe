namespace FloydSharp.Memory;

/// <summary>The RAM of the machine, or of the container where that has less.</summary>
/// <param name="Total">What there is at most, in bytes: the machine's RAM or the container's limit.</param>
/// <param name="Available">
/// What can be taken without swapping, in bytes: the kernel's MemAvailable, or what the container's limit leaves where
/// that is less. File cache counts as available.
/// </param>
/// <param name="Container">The container's limits.</param>
public sealed record SystemMemory(long Total, long Available, ContainerLimits Container)
{
    /// <summary>The state now.</summary>
    public static SystemMemory Read()
    {
        if (OperatingSystem.IsLinux())
            return Parse(File.ReadAllText("/proc/meminfo"), ContainerLimits.Read());
        var info = GC.GetGCMemoryInfo();
        var total = info.TotalAvailableMemoryBytes;
        return new SystemMemory(total, Math.Max(0, total - info.MemoryLoadBytes), ContainerLimits.None);
    }

    /// <summary>The state that the text of <c>/proc/meminfo</c> and a container's limits give.</summary>
    internal static SystemMemory Parse(string memoryInformation, ContainerLimits container)
    {
        var total = KeyValueText.Number(memoryInformation, "MemTotal") ?? 0;
        // MemAvailable came with Linux 3.14; MemFree is a safe stand-in.
        var available = KeyValueText.Number(memoryInformation, "MemAvailable") ?? KeyValueText.Number(memoryInformation, "MemFree") ?? 0;
        return new SystemMemory(
            Math.Min(total, container.MemoryLimit ?? long.MaxValue),
            Math.Min(available, container.MemoryAvailable ?? long.MaxValue),
            container);
    }
}
