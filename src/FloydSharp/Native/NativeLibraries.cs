using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace FloydSharp.Native;

/// <summary>Finds and loads libtorch and TorchSharp's native library, before TorchSharp looks for them itself.</summary>
public static class NativeLibraries
{
    private const string TorchSharpName = "LibTorchSharp";

    private static readonly Lazy<nint> _loaded = new(Load);
    private static int _initialized;

    /// <summary>
    /// Hooks the runtime's search for native libraries. Costs nothing, loads nothing, may be called again. It runs by
    /// itself when anything of this assembly is used; a program that touches <c>torch</c> before that calls it first.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The hook must be there before TorchSharp's first native call.")]
    public static void Initialize()
    {
        if (!OperatingSystem.IsLinux() || Interlocked.Exchange(ref _initialized, 1) != 0)
            return;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
    }

    private static nint Resolve(Assembly assembly, string name) =>
        name == TorchSharpName ? _loaded.Value : 0;

    private static nint Load()
    {
        NativeLibrary.Load(Find("libtorch.so"));
        var library = Find("libLibTorchSharp.so");
        return NativeLibrary.TryLoad(library, out var handle)
            ? handle
            : NativeLibrary.Load(PatchedLibrary.Prepare(library, CacheFolders.Writable("native")));
    }

    private static string Find(string file)
    {
        var folders = ((AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string) ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new NativeLibraryException($"{file} is not beside the program; add the package libtorch-cpu-linux-x64.");
    }
}
