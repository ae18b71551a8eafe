using System.Runtime.CompilerServices;

/// <summary>Linked into every program of this repository, so that it may use torch before anything of FloydSharp.</summary>
internal static class NativeStart
{
    [ModuleInitializer]
    internal static void Run() => FloydSharp.Native.NativeLibraries.Initialize();
}
