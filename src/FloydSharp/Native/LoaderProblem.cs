namespace FloydSharp.Native;

/// <summary>Turns what the dynamic loader said into one line that says what to do.</summary>
internal static class LoaderProblem
{
    private const string Supported = "libtorch 2.10";

    /// <summary>The error for a library that could not be loaded.</summary>
    /// <param name="path">The library's path.</param>
    /// <param name="problem">The loader's words.</param>
    public static NativeLibraryException Explain(string path, string problem)
    {
        var reason = problem.ReplaceLineEndings(" ").Trim();
        return new NativeLibraryException($"{path} could not be loaded ({reason}); {Advice(reason)}.");
    }

    private static string Advice(string reason)
    {
        if (reason.Contains("GLIBCXX_") || reason.Contains("CXXABI_"))
            return "the system's C++ library (libstdc++) is too old for it: use a newer distribution or a libtorch built for this one";
        if (reason.Contains("version `GLIBC_"))
            return "the system's C library (glibc) is too old for it: use a newer distribution or a libtorch built for this one";
        if (reason.Contains("undefined symbol") || reason.Contains("symbol lookup"))
            return $"the libtorch in use is of another version: TorchSharp here is built for {Supported}, set {LibtorchFolders.Variable} to such a one or unset it";
        if (reason.Contains("libgomp"))
            return "install the OpenMP runtime (package libgomp1 or libgomp)";
        if (reason.Contains("libcuda.so"))
            return "install NVIDIA's driver, or use a libtorch without CUDA";
        if (reason.Contains("cannot open shared object file"))
            return $"install what it names, or set {LibtorchFolders.Variable} to a folder whose libtorch is complete";
        return $"the file may be damaged: install it again, or set {LibtorchFolders.Variable} to another libtorch";
    }
}
