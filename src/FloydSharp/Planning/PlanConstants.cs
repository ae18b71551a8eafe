using FloydSharp.Planning.Activations;
using FloydSharp.Streaming;

namespace FloydSharp.Planning;

/// <summary>
/// What no header tells: the process itself, buffers, what kernels hold. The CPU's numbers were measured (libtorch 2.10, x64
/// Linux, float32, two threads); CUDA's are assumptions until they are measured.
/// </summary>
/// <param name="Kernels">What convolutions hold beside their tensors.</param>
/// <param name="ActivationFactor">How much more the allocator takes than the tensors alive at the peak.</param>
/// <param name="ConvolutionBase">What a first forward pass with convolutions adds whatever its size: kernels' code and caches, in bytes.</param>
/// <param name="TextBase">The same for text encoders and the safety checker.</param>
/// <param name="ProcessBase">Anonymous RAM of the process before a model is loaded: runtime, libtorch, tokenizers, in bytes.</param>
/// <param name="Context">What the device's driver takes of its memory for a process, in bytes.</param>
public sealed record PlanConstants(
    KernelScratch Kernels, double ActivationFactor, long ConvolutionBase, long TextBase, long ProcessBase, long Context)
{
    private const long MiB = 1 << 20;

    /// <summary>The buffer that files are read through when weights are converted or sent to a GPU.</summary>
    public const long StagingBytes = 32 * MiB;

    /// <summary>The buffers that streamed layers are read through on the way to a GPU, and one more for those that are converted.</summary>
    public static long StreamRingBytes(bool cuda, bool converted) => (cuda ? StagingRing.Bytes : 0) + (converted ? StagingRing.PieceBytes : 0);

    /// <summary>Left out of what is free, for other programs and for what a plan cannot see.</summary>
    public const long Reserve = 256 * MiB;

    private const long KernelRemains = 6 * MiB;

    // Of its weights: blocks too small for the C library to give back.
    private const long FreedRemains = 50;

    /// <summary>The CPU's. Measured.</summary>
    public static PlanConstants Cpu { get; } = new(new KernelScratch(1, 0, 2), 1.0, 24 * MiB, 4 * MiB, 92 * MiB, 0);

    /// <summary>A CUDA GPU's. Assumed.</summary>
    public static PlanConstants Cuda { get; } = new(new KernelScratch(1, 1, 1), 1.05, 64 * MiB, 16 * MiB, 640 * MiB, 512 * MiB);

    /// <summary>What a UNet leaves behind in RAM when it is freed.</summary>
    /// <param name="values">How many values its weights have.</param>
    public static long RemainsOf(long values) => KernelRemains + (values * sizeof(float) / FreedRemains);

    /// <summary>Those of a device.</summary>
    public static PlanConstants Of(bool cuda) => cuda ? Cuda : Cpu;
}
