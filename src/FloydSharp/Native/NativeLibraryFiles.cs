using System.Text.RegularExpressions;

namespace FloydSharp.Native;

/// <summary>The library files mapped into this process, from <c>/proc/self/maps</c>, and files that lie beside them.</summary>
public static partial class NativeLibraryFiles
{
    /// <summary>The full path of a loaded library.</summary>
    /// <param name="name">Its name without version, for example <c>libcudart</c>; <c>libcudart-1a2b.so.12</c> matches too.</param>
    /// <returns>The path; null when no such library is loaded or the system has no <c>/proc</c>.</returns>
    public static string? FindLoaded(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OperatingSystem.IsLinux() ? FindIn(File.ReadLines("/proc/self/maps"), name) : null;
    }

    /// <summary>
    /// The full path of a library that comes with the loaded libtorch, loaded or not, for example <c>libnvrtc</c>:
    /// loaded ones first, then libtorch's folder and the CUDA folders of a Python installation.
    /// </summary>
    /// <param name="name">Its name without version.</param>
    /// <returns>The path; null when there is none.</returns>
    /// <exception cref="NativeLibraryException">libtorch itself cannot be found.</exception>
    public static string? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!OperatingSystem.IsLinux())
            return null;
        return FindLoaded(name) ?? LibtorchFolders.Find().All
            .SelectMany(folder => Directory.EnumerateFiles(folder, name + "*").Order(StringComparer.Ordinal))
            .FirstOrDefault(path => IsNamed(Path.GetFileName(path), name));
    }

    internal static string? FindIn(IEnumerable<string> maps, string name) =>
        maps.Select(line => line.IndexOf('/') is >= 0 and var at ? line[at..] : "")
            .FirstOrDefault(path => IsNamed(Path.GetFileName(path), name));

    // Packages put a hash behind the name (libcudart-1a2b3c4d.so.12) to keep their copy apart from the system's.
    private static bool IsNamed(string file, string name) =>
        file.StartsWith(name, StringComparison.Ordinal) && Tail().IsMatch(file.AsSpan(name.Length));

    [GeneratedRegex(@"^(-[0-9a-f]{6,})?\.so(\.[0-9]+)*$")]
    private static partial Regex Tail();
}
