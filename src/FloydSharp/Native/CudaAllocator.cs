using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>Chooses libtorch's CUDA allocator, which reads its settings from the environment as it is loaded.</summary>
internal static partial class CudaAllocator
{
    private const string Backend = "cudaMallocAsync";

    // libtorch looks at the first name first; before 2.9 at no other.
    private static readonly string[] _variables = ["PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF"];

    /// <summary>True when memory that tensors free goes to CUDA's pool, which can be trimmed and measured.</summary>
    public static bool UsesPool { get; private set; }

    /// <summary>
    /// Asks for CUDA's own pool unless the user chose otherwise. libtorch's default allocator keeps what tensors free,
    /// and nothing that TorchSharp exposes can make it give that back.
    /// </summary>
    public static void Configure()
    {
        var chosen = _variables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        UsesPool = chosen?.Contains(Backend, StringComparison.Ordinal) ?? true;
        if (chosen is not null)
            return;
        // .NET keeps its own copy of the environment: libtorch sees only what the C library knows.
        foreach (var variable in _variables)
            _ = SetVariable(variable, $"backend:{Backend}", overwrite: 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
