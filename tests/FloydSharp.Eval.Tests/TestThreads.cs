using System.Runtime.CompilerServices;
using TorchSharp;

namespace FloydSharp.Eval.Tests;

/// <summary>Tensors here are so small that threads of torch wait for each other more than they compute; the tests run side by side instead.</summary>
internal static class TestThreads
{
    [ModuleInitializer]
    internal static void Run()
    {
        Native.NativeLibraries.Initialize();
        torch.set_num_threads(1);
    }
}
