namespace FloydSharp.Native;

/// <summary>The folders in which libtorch and what it needs are looked for.</summary>
/// <param name="Chosen">The folder that <c>FLOYD_LIBTORCH</c> names; null when the program brings libtorch itself.</param>
/// <param name="All">Folders with libtorch's files, then those with CUDA's; all exist.</param>
/// <param name="Program">The folders in which the runtime looks for the program's own native libraries.</param>
internal sealed record LibtorchFolders(string? Chosen, IReadOnlyList<string> All, IReadOnlyList<string> Program)
{
    /// <summary>The variable that names another libtorch.</summary>
    public const string Variable = "FLOYD_LIBTORCH";

    private const string Marker = "libtorch_cpu.so";

    /// <summary>The folders of this process.</summary>
    /// <exception cref="NativeLibraryException">The variable names a folder without libtorch, or the program brings none.</exception>
    public static LibtorchFolders Find()
    {
        var search = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        var program = search.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"))
            .Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            .Distinct()
            .Where(Directory.Exists)
            .ToList();
        return From(Environment.GetEnvironmentVariable(Variable), program);
    }

    /// <summary>The folders for a value of the variable and the program's own folders.</summary>
    public static LibtorchFolders From(string? variable, IReadOnlyList<string> program)
    {
        if (string.IsNullOrWhiteSpace(variable))
        {
            return program.Any(folder => File.Exists(Path.Combine(folder, Marker)))
                ? new LibtorchFolders(null, program, program)
                : throw new NativeLibraryException(
                    $"No libtorch found: {Marker} is not beside the program ({string.Join(", ", program)}) and {Variable} is not set; " +
                    $"add the package libtorch-cpu-linux-x64, or set {Variable} to the torch/lib folder of a Python PyTorch.");
        }

        var named = Path.GetFullPath(variable);
        var chosen = new[] { named, Path.Combine(named, "lib"), Path.Combine(named, "torch", "lib") }
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, Marker)))
            ?? throw new NativeLibraryException(
                $"{Variable} is {variable}, where there is no {Marker}{(Directory.Exists(named) ? "" : " (no such folder)")}; " +
                "set it to the torch/lib folder of a Python PyTorch or the lib folder of an unpacked libtorch, or unset it.");
        return new LibtorchFolders(chosen, [chosen, .. CudaFolders(chosen)], program);
    }

    /// <summary>The full path of the first file of this name; null when no folder has it.</summary>
    public string? PathOf(string file) => FirstPath(All, file);

    /// <summary>The full path of the first file of this name in some folders; null when none has it.</summary>
    public static string? FirstPath(IEnumerable<string> folders, string file) =>
        folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    // Python packages keep CUDA's libraries beside torch: site-packages/nvidia/<part>/lib. The folder may be a link.
    private static IEnumerable<string> CudaFolders(string libtorch)
    {
        var real = new DirectoryInfo(libtorch).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? libtorch;
        return new[] { libtorch, real }.Distinct()
            .Select(folder => Path.GetFullPath(Path.Combine(folder, "..", "..", "nvidia")))
            .Where(Directory.Exists)
            .SelectMany(nvidia => Directory.EnumerateDirectories(nvidia).Order(StringComparer.Ordinal))
            .Select(part => Path.Combine(part, "lib"))
            .Where(Directory.Exists)
            .Distinct();
    }
}
