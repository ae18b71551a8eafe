using static TorchSharp.torch;

namespace FloydSharp.Training.Kernels;

/// <summary>How the kernels here see tensors, and how their gradients reach autograd.</summary>
internal static class KernelTensors
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    // Enough blocks to fill any GPU; each goes on until nothing is left.
    private const int MostBlocks = 4096;

    [ThreadStatic]
    private static List<Tensor>? s_returned;

    /// <summary>Whether the kernels read features like these: bfloat16 on a GPU, eight channels at a time.</summary>
    /// <param name="x">Any tensor.</param>
    /// <param name="channels">Its channels.</param>
    public static bool Fits(Tensor x, long channels) => x.device.type == TorchSharp.DeviceType.CUDA && x.dtype == ScalarType.BFloat16
        && channels % 8 == 0 && channels <= 8 * Threads;

    /// <summary>Blocks for a kernel whose threads take eight numbers at a time.</summary>
    /// <param name="count">Numbers.</param>
    public static (int X, int Y) GridOf(long count) => ((int)Math.Min(MostBlocks, ((count / 8) + Threads - 1) / Threads), 1);

    /// <summary>
    /// What a backward pass returns, null where there is no gradient. Autograd takes its own references, and the objects would
    /// keep the memory until the garbage collector comes; so each call frees those of this thread's call before.
    /// </summary>
    public static List<Tensor> Returned(params Tensor?[] gradients)
    {
        foreach (var tensor in s_returned ?? [])
            tensor.Dispose();
        s_returned = [.. gradients.OfType<Tensor>()];
        foreach (var tensor in s_returned)
            tensor.DetachFromDisposeScope();
        return [.. gradients.Select(t => t!)];
    }
}
