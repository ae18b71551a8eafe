using FloydSharp.Memory;

namespace FloydSharp.Native;

/// <summary>Loads libtorch, then TorchSharp's native library over it.</summary>
internal static class LibtorchLoader
{
    private const string TorchCpu = "libtorch_cpu.so";
    private const string TorchCuda = "libtorch_cuda.so";
    private const string TorchSharp = "libLibTorchSharp.so";

    /// <summary>Loads everything.</summary>
    /// <exception cref="NativeLibraryException">Something is missing or was refused.</exception>
    public static LoadedLibraries Load()
    {
        var folders = LibtorchFolders.Find();
        var library = LibtorchFolders.FirstPath([.. folders.Program, .. folders.All], TorchSharp)
            ?? throw new NativeLibraryException($"{TorchSharp} is not beside the program ({string.Join(", ", folders.Program)}); add the package TorchSharp.");
        if (folders.PathOf(TorchCuda) is not null)
            CudaAllocator.Configure();

        OpenMpWaiting.Configure();
        HostAllocator.KeepFreed();

        var preloader = new NativePreloader(folders.All);
        var needed = new[] { "libc10.so", TorchCpu, "libc10_cuda.so", TorchCuda, "libtorch.so" };
        var paths = needed.ToDictionary(file => file, preloader.Load);
        if (paths.FirstOrDefault(p => p.Value is null && !p.Key.Contains("cuda")).Key is { } missing)
            throw new NativeLibraryException($"{missing} is missing from {string.Join(", ", folders.All)}; install that libtorch again.");

        if (folders.Chosen is not null)
        {
            ReplaceProgramsOwn(folders, TorchCpu, paths[TorchCpu]);
            ReplaceProgramsOwn(folders, TorchCuda, paths[TorchCuda]);
        }
        var (torchSharp, isPatched) = LoadTorchSharp(library);
        return new LoadedLibraries(paths[TorchCpu]!, paths[TorchCuda], torchSharp, isPatched, folders.Chosen is not null);
    }

    private static void ReplaceProgramsOwn(LibtorchFolders folders, string file, string? loaded)
    {
        if (LibtorchFolders.FirstPath(folders.Program, file) is not { } own || own == loaded)
            return;
        if (loaded is null || !DynamicLoader.TryAlias(own, loaded))
        {
            throw new NativeLibraryException(
                $"The program brings {own} and {LibtorchFolders.Variable} names {folders.Chosen}, but one process can hold only one: " +
                $"unset {LibtorchFolders.Variable}, or build the program with -p:FloydLibtorch=none.");
        }
    }

    private static (string Path, bool IsPatched) LoadTorchSharp(string library)
    {
        if (DynamicLoader.TryOpen(library, bindNow: true, out var problem))
            return (library, false);
        if (!problem.Contains(LibTorchSharpPatch.NewVersion, StringComparison.Ordinal))
            throw LoaderProblem.Explain(library, problem);
        var patched = PatchedLibrary.Prepare(library, CacheFolders.Writable("native"));
        return DynamicLoader.TryOpen(patched, bindNow: true, out problem) ? (patched, true) : throw LoaderProblem.Explain(patched, problem);
    }
}
