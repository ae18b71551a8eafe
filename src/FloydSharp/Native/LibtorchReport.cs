using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace FloydSharp.Native;

/// <summary>The native libraries and their versions.</summary>
/// <param name="Libraries">What is loaded; null when loading failed.</param>
/// <param name="Version">libtorch's own version, for example 2.11.0+cu130; "unknown" when it does not tell.</param>
/// <param name="TorchSharpVersion">The version of the TorchSharp package.</param>
/// <param name="Problem">Why nothing is loaded, with what to do; null when all is well.</param>
public sealed partial record LibtorchReport(LoadedLibraries? Libraries, string Version, string TorchSharpVersion, string? Problem)
{
    /// <summary>Loads the libraries if need be and reports on them; a failure is part of the report.</summary>
    public static LibtorchReport Collect()
    {
        var torchSharp = typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(3) ?? "unknown";
        try
        {
            NativeLibraries.EnsureLoaded();
            var loaded = NativeLibraries.Loaded;
            return new LibtorchReport(loaded, loaded is null ? "unknown" : VersionOf(loaded.Libtorch), torchSharp, null);
        }
        catch (NativeLibraryException e)
        {
            return new LibtorchReport(null, "unknown", torchSharp, e.Message);
        }
    }

    private static string VersionOf(string libtorch)
    {
        var folder = Path.GetDirectoryName(libtorch)!;
        var python = Path.Combine(folder, "..", "version.py");
        if (File.Exists(python) && PythonVersion().Match(File.ReadAllText(python)) is { Success: true } match)
            return match.Groups[1].Value;
        return AbiVersion(libtorch) ?? "unknown";
    }

    // Since 2.3 libtorch tells the version it was built as: major, minor and patch in the three highest bytes.
    private static unsafe string? AbiVersion(string libtorch)
    {
        if (!NativeLibrary.TryLoad(libtorch, out var library) || !NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var address))
            return null;
        var version = ((delegate* unmanaged<ulong>)address)();
        return $"{version >> 56}.{(version >> 48) & 0xFF}.{(version >> 40) & 0xFF}";
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([0-9A-Za-z.+_-]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();
}
