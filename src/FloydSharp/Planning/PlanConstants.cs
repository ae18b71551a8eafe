using FloydSharp.Planning.Activations;
using FloydSharp.Streaming;

namespace FloydSharp.Planning;

/// <summary>
/// What no header tells: the process itself, buffers, what kernels hold. Measured: the CPU's with libtorch 2.10 on x64 Linux, float32,
/// two threads; CUDA's with libtorch 2.11 for CUDA 13.0 on an H200, float16 (<c>bench/results/memory-plan-gpu.md</c>).
/// </summary>
/// <param name="Kernels">What convolutions hold beside their tensors.</param>
/// <param name="ActivationFactor">How much more the allocator takes than the tensors alive at the peak.</param>
/// <param name="ConvolutionBase">What a first forward pass with convolutions adds whatever its size: kernels' code and caches, in bytes.</param>
/// <param name="TextBase">The same for text encoders and the safety checker.</param>
/// <param name="ProcessBase">Anonymous RAM of the process before a model is loaded: runtime, libtorch, tokenizers, in bytes.</param>
/// <param name="Context">What of the device's memory is taken beside the plan's tensors: the driver's part for a process, kernels' code, libraries' workspaces; in bytes.</param>
public sealed record PlanConstants(
    KernelScratch Kernels, double ActivationFactor, long ConvolutionBase, long TextBase, long ProcessBase, long Context)
{
    private const long MiB = 1 << 20;

    /// <summary>The buffer that files are read through when weights are converted; those that stay on a GPU come through the ring of streamed ones.</summary>
    public const long StagingBytes = 32 * MiB;

    /// <summary>The buffers that streamed layers are read through on the way to a GPU, and one more for those that are converted.</summary>
    public static long StreamRingBytes(bool cuda, bool converted) => (cuda ? StagingRing.Bytes : 0) + (converted ? StagingRing.PieceBytes : 0);

    /// <summary>
    /// What libraries for CUDA add to the process's RAM with the first pass of any model: 808 MiB after T5's prompt, 454 after it
    /// was loaded.
    /// </summary>
    public const long FirstPassBytes = 370 * MiB;

    /// <summary>
    /// What they add with the first UNet: cuDNN, and some 35 MiB for a recorded graph, which stay too. With graphs 1032 MiB were
    /// measured after stage I denoised, 736 before; 1063 and 830 where it was streamed, 64 of page-locked buffers included.
    /// </summary>
    public const long FirstUNetBytes = 270 * MiB;

    /// <summary>What they add with each later UNet, whose sizes need other kernels and which has a graph of its own: 50 and 104 MiB in stages II and III.</summary>
    public const long LaterUNetBytes = 70 * MiB;

    /// <summary>What they add with the VAE, whose float32 needs kernels of its own: 1244 MiB, 1141 before.</summary>
    public const long VaeBytes = 95 * MiB;

    /// <summary>
    /// What the CPU's kernels hold beside tensors, transformed filters and tiles: code, caches, heaps between. With it 104 to 487 MiB
    /// are predicted for UNets where 99 to 470 were measured, for guided pictures of 64x64 to 256x256 (124 and 147 for the smallest
    /// UNet), and 197 to 677 for a VAE where 169 to 650 were, for latents of 64x64 to 128x128.
    /// </summary>
    public const long CpuKernelBytes = 28 * MiB;

    /// <summary>What CUDA's pool may hold beyond its tensors while layers are streamed: it grows by 32 MiB, for two streams.</summary>
    public const long PoolBytes = 64 * MiB;

    /// <summary>
    /// Passes from which on it is worth it to keep streamed weights in page-locked memory: 20 passes of IF-I-XL with 6.5 GiB streamed
    /// took 7.6 s so, taking the memory included, and 6.3 s from the file cache, where a pass costs some 25 ms for each GiB more.
    /// </summary>
    public const int FewestPinnedPasses = 32;

    /// <summary>Less page-locked memory would save less time than anybody sees.</summary>
    public const long FewestPinnedBytes = 64 * MiB;

    /// <summary>Sums that kernels keep of the filters of repeated pixels, as a share of these: four sets of 2 x 2 for one of 3 x 3.</summary>
    public const double DoubledFilters = 16.0 / 9;

    /// <summary>Left out of what is free, for other programs and for what a plan cannot see.</summary>
    public const long Reserve = 256 * MiB;

    private const long KernelRemains = 6 * MiB;

    // Of its weights: blocks too small for the C library to give back.
    private const long FreedRemains = 50;

    /// <summary>The CPU's. Measured.</summary>
    public static PlanConstants Cpu { get; } = new(new KernelScratch(1, 0, 2), 1.0, 24 * MiB, 4 * MiB, 92 * MiB, 0);

    /// <summary>
    /// A CUDA GPU's, by own kernels: features stay in one order, so that convolutions copy nothing. Activations take a fifth more of
    /// the card than tensors, because CUDA's pool fragments (1.1 to 1.3 were measured); workspaces of convolutions are at
    /// most 64 MiB (48 were measured with cuDNN's guesses). The process has 390 MiB with the driver's part and compiled kernels (454 with
    /// buffers while T5 loads). Of the card, 813 MiB are not the pool's (798 to 821 in phases that waste nothing), and 33 of the
    /// pool's are cuBLAS's workspace.
    /// </summary>
    public static PlanConstants Cuda { get; } = new(new KernelScratch(0, 0, 0), 1.2, 64 * MiB, 16 * MiB, 390 * MiB, 846 * MiB);

    /// <summary>A CUDA GPU's by libtorch's operators alone: convolutions copy what they read and write (predictions 1.05 to 1.15 times what was measured).</summary>
    public static PlanConstants CudaPlain { get; } = Cuda with { Kernels = new(1, 1, 1) };

    /// <summary>What a UNet leaves behind in RAM when it is freed.</summary>
    /// <param name="values">How many values its weights have.</param>
    public static long RemainsOf(long values) => KernelRemains + (values * sizeof(float) / FreedRemains);

    /// <summary>Those of a device.</summary>
    /// <param name="cuda">Whether it is a GPU; else the CPU.</param>
    /// <param name="plain">Whether layers are computed by libtorch's operators alone.</param>
    public static PlanConstants Of(bool cuda, bool plain = false) => !cuda ? Cpu : plain ? CudaPlain : Cuda;
}
