namespace FloydSharp.Native;

/// <summary>Whether convolutions on a GPU take the kernels of cuDNN that were measured.</summary>
internal static class CudnnSupport
{
    /// <summary>Environment variable: any value but 0 leaves the choice of kernels to libtorch and cuDNN's heuristics.</summary>
    public const string HeuristicsVariable = "FLOYD_CUDNN_HEURISTICS";

    /// <summary>Why the choice is left to libtorch, for people; null where kernels are measured.</summary>
    public static string? Problem()
    {
        if (Environment.GetEnvironmentVariable(HeuristicsVariable) is { Length: > 0 } value && value != "0")
            return $"as {HeuristicsVariable} says";
        try
        {
            _ = Cudnn.Open();
            _ = CudaGraphs.Open();
            return null;
        }
        catch (NativeLibraryException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
