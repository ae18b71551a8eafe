using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>The C library's dynamic loader (dlopen and friends, POSIX and glibc's <c>dlfcn.h</c>).</summary>
internal static partial class DynamicLoader
{
    private const string Library = "libdl.so.2";
    private const int Lazy = 1;
    private const int Now = 2;
    private const int NoLoad = 4;
    private const int LinkMap = 2;

    /// <summary>Loads a library for the life of the process, keeping its symbols to those who depend on it.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="bindNow">True to look up all symbols now, so that a library for another libtorch fails here and not in the middle of work.</param>
    /// <param name="problem">What the loader said, when it failed.</param>
    public static bool TryOpen(string path, bool bindNow, out string problem)
    {
        // The first call binds dlerror itself; bound later, that would overwrite the message.
        _ = ErrorText();
        var handle = Open(path, bindNow ? Now : Lazy);
        problem = handle == 0 ? Marshal.PtrToStringUTF8(ErrorText()) ?? "the loader gave no reason" : "";
        return handle != 0;
    }

    /// <summary>Makes a later load of one path give a library that is loaded already.</summary>
    /// <remarks>
    /// TorchSharp loads <c>torch_cpu</c> by the full path beside the program. Where another libtorch was chosen that
    /// would bring a second one into the process, whose operators clash with the first one's. glibc compares the path
    /// with the names in its list of loaded libraries (<c>link_map.l_name</c> of <c>link.h</c>) before it opens
    /// anything, so the entry gets that name; whether this worked is then asked without loading anything.
    /// </remarks>
    /// <param name="path">The path that will be asked for.</param>
    /// <param name="loadedPath">The path of a library that was opened before.</param>
    /// <returns>False when the loader would still open the other file.</returns>
    public static unsafe bool TryAlias(string path, string loadedPath)
    {
        var loaded = Open(loadedPath, Lazy | NoLoad);
        if (loaded == 0)
            return false;
        if (Open(path, Lazy | NoLoad) == loaded)
            return true;
        nint map = 0;
        if (Information(loaded, LinkMap, (nint)(&map)) != 0 || map == 0)
            return false;
        // Never freed: the entry lives as long as the process.
        ((nint*)map)[1] = Marshal.StringToCoTaskMemUTF8(path);
        return Open(path, Lazy | NoLoad) == loaded;
    }

    [LibraryImport(Library, EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "dlerror")]
    private static partial nint ErrorText();

    [LibraryImport(Library, EntryPoint = "dlinfo")]
    private static partial int Information(nint handle, int request, nint result);
}
