using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using FloydSharp.IO;
using TorchSharp;

namespace FloydSharp.Native;

/// <summary>
/// Finds and loads libtorch and TorchSharp's native library, before TorchSharp looks for them itself: its own search
/// copies libtorch and prints its trace when it fails. On Linux that search never runs; elsewhere it is TorchSharp's.
/// </summary>
/// <remarks>
/// libtorch comes from <c>FLOYD_LIBTORCH</c> (the <c>torch/lib</c> folder of a Python PyTorch, whose CUDA libraries are
/// found beside it, or the <c>lib</c> folder of an unpacked libtorch), else from the program's own folders.
/// </remarks>
public static class NativeLibraries
{
    private const string TorchSharpName = "LibTorchSharp";
    private const string TorchSharpAssembly = "TorchSharp";

    private static readonly Lazy<LoadedLibraries> _loaded = new(Load);
    private static int _initialized;

    /// <summary>What is loaded; null before <see cref="EnsureLoaded"/> or the first use of torch, after a failure, and on other systems than Linux.</summary>
    public static LoadedLibraries? Loaded => _loaded.IsValueCreated ? _loaded.Value : null;

    /// <summary>
    /// Hooks the runtime's search for native libraries. Costs nothing, loads nothing, may be called again. It runs by
    /// itself when anything of this assembly is used; a program that touches <c>torch</c> before that calls it first.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The hooks must be there before TorchSharp's first native call.")]
    public static void Initialize()
    {
        if (!OperatingSystem.IsLinux() || Interlocked.Exchange(ref _initialized, 1) != 0)
            return;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += OnSearchFailed;
        AppDomain.CurrentDomain.AssemblyLoad += (_, e) => OnAssembly(e.LoadedAssembly);
        if (AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(a => a.GetName().Name == TorchSharpAssembly) is { } assembly)
            OnAssembly(assembly);
    }

    /// <summary>Loads the native libraries now. Programs call it before anything else of torch, for its one clear error.</summary>
    /// <exception cref="NativeLibraryException">A library is missing or cannot be loaded; the message says what to do. Later calls repeat it.</exception>
    public static void EnsureLoaded()
    {
        Initialize();
        if (OperatingSystem.IsLinux())
        {
            _ = _loaded.Value;
            return;
        }
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
        }
        catch (TypeInitializationException e)
        {
            throw new NativeLibraryException("TorchSharp found no libtorch for this system; add one of the packages TorchSharp-cpu or TorchSharp-cuda-windows.", e);
        }
    }

    private static LoadedLibraries Load()
    {
        try
        {
            return LibtorchLoader.Load();
        }
        catch (Exception e) when (e is not NativeLibraryException)
        {
            throw new NativeLibraryException($"The native libraries could not be loaded: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    // With another libtorch chosen it must be there before TorchSharp's own search finds the program's: that search
    // starts in torch's static constructor, and the assembly's loading is the last moment before.
    private static void OnAssembly(Assembly assembly)
    {
        if (assembly.GetName().Name != TorchSharpAssembly)
            return;
        try
        {
            NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => name == TorchSharpName ? Handle() : 0);
        }
        catch (InvalidOperationException)
        {
            // The program set a resolver of its own; the search that fails still ends in OnSearchFailed.
        }
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(LibtorchFolders.Variable)))
            TryLoad();
    }

    // A failure must not come out here: TorchSharp would go on to copy libraries and print. Any handle stops it; its
    // first native call then meets the import resolver, which throws the real error.
    private static nint OnSearchFailed(Assembly assembly, string name)
    {
        if (name != TorchSharpName)
            return 0;
        return TryLoad() ? Handle() : NativeLibrary.GetMainProgramHandle();
    }

    private static nint Handle() => NativeLibrary.Load(_loaded.Value.TorchSharp);

    private static bool TryLoad()
    {
        try
        {
            _ = _loaded.Value;
            return true;
        }
        catch (FloydException)
        {
            return false;
        }
    }
}
