using FloydSharp.IO;

namespace FloydSharp.Native;

/// <summary>
/// Loads libraries by their full paths, what they need first. The dynamic loader then satisfies later requests for the
/// same names with what is loaded, so neither LD_LIBRARY_PATH nor run paths inside the files matter.
/// </summary>
/// <param name="folders">Where libraries and what they need are looked for; whatever lies elsewhere is the system's.</param>
internal sealed class NativePreloader(IReadOnlyList<string> folders)
{
    private readonly HashSet<string> _seen = [];
    private readonly List<NativeLibraryException> _problems = [];

    /// <summary>Loads a library and everything it needs that lies in the folders.</summary>
    /// <param name="file">The file's name.</param>
    /// <returns>Its full path; null when no folder has it.</returns>
    /// <exception cref="NativeLibraryException">The loader refused it; the message names the first library that it refused.</exception>
    public string? Load(string file)
    {
        if (LibtorchFolders.FirstPath(folders, file) is not { } path)
            return null;
        _problems.Clear();
        return TryLoad(file, path) ? path : throw _problems[0];
    }

    // A needed library that fails alone may still load with the one that needs it (they may need each other), so only
    // the outcome for the library asked for counts.
    private bool TryLoad(string file, string path)
    {
        if (!_seen.Add(file))
            return true;
        foreach (var needed in Needed(path))
        {
            if (LibtorchFolders.FirstPath(folders, needed) is { } neededPath)
                TryLoad(needed, neededPath);
        }
        if (DynamicLoader.TryOpen(path, bindNow: false, out var problem))
            return true;
        _problems.Add(LoaderProblem.Explain(path, problem));
        return false;
    }

    // A file whose tables cannot be read is left to the dynamic loader, which gives the better message.
    private static IReadOnlyList<string> Needed(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return ElfFile.Read(stream, path).NeededLibraries();
        }
        catch (Exception e) when (e is FloydException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
