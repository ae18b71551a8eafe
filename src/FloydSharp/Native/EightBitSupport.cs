namespace FloydSharp.Native;

/// <summary>Whether wide attention on a GPU keeps its shares and values in 8 bits (float8, e4m3).</summary>
internal static class EightBitSupport
{
    /// <summary>Environment variable: 0 keeps attention in 16 bits.</summary>
    public const string Variable = "FLOYD_FP8";

    /// <summary>The first GPUs whose tensor cores multiply such numbers.</summary>
    public static readonly Version Oldest = new(8, 9);

    /// <summary>Why it does not, for people; null where it does.</summary>
    /// <param name="device">The CUDA device's index.</param>
    public static string? Problem(int device)
    {
        if (Environment.GetEnvironmentVariable(Variable) == "0")
            return $"as {Variable} says";
        try
        {
            if (CudaRuntime.Find() is not { } runtime)
                return "no CUDA runtime library is loaded";
            if (runtime.ComputeCapability(device) is var capability && capability < Oldest)
                return $"8 bits need compute capability {Oldest}, this GPU has {capability}";
            _ = CublasLt.Open();
            return null;
        }
        catch (NativeLibraryException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
