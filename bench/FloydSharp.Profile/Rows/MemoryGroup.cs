using System.Globalization;

namespace FloydSharp.Profile.Rows;

/// <summary>A control group of Linux, version 2 or 1, that limits the memory of the processes that join it.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string Name = "floyd-rows";

    private readonly string _folder;
    private readonly bool _second;

    private MemoryGroup(string folder, bool second) => (_folder, _second) = (folder, second);

    /// <summary>The file that a process writes its number to in order to join.</summary>
    public string Members => Path.Combine(_folder, "cgroup.procs");

    /// <summary>Makes a group.</summary>
    /// <param name="bytes">Its limit, file cache included.</param>
    /// <returns>Null where this process may not make one.</returns>
    public static MemoryGroup? TryCreate(long bytes) => TrySecond(bytes) ?? TryFirst(bytes);

    /// <summary>The most that the group held, file cache included, and how often the kernel killed one of its processes, in words.</summary>
    public string Describe()
    {
        var peak = Text(_second ? "memory.peak" : "memory.max_usage_in_bytes");
        var events = Text(_second ? "memory.events" : "memory.oom_control").ReplaceLineEndings(", ").TrimEnd(',', ' ');
        return $"cgroup v{(_second ? 2 : 1)}, peak with file cache {peak.Trim()} bytes ({events})";
    }

    /// <summary>Removes the group; no process may be in it any more.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder);
        }
        catch (IOException)
        {
            // It is used again by the next run.
        }
    }

    private static MemoryGroup? TrySecond(long bytes)
    {
        const string root = "/sys/fs/cgroup";
        if (!File.Exists(Path.Combine(root, "cgroup.controllers")))
            return null;
        _ = TryWrite(Path.Combine(root, "cgroup.subtree_control"), "+memory");
        return Try(Path.Combine(root, Name), "memory.max", bytes) is { } folder ? new(folder, second: true) : null;
    }

    private static MemoryGroup? TryFirst(long bytes) =>
        Try(Path.Combine("/sys/fs/cgroup/memory", Name), "memory.limit_in_bytes", bytes) is { } folder ? new(folder, second: false) : null;

    private static string? Try(string folder, string file, long bytes)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return TryWrite(Path.Combine(folder, file), bytes.ToString(CultureInfo.InvariantCulture)) ? folder : null;
    }

    private static bool TryWrite(string path, string text)
    {
        try
        {
            if (!File.Exists(path))
                return false;
            File.WriteAllText(path, text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string Text(string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(_folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
