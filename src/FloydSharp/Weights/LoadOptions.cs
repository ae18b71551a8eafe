using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Where a component's weights go and in which form.</summary>
public sealed record LoadOptions
{
    /// <summary>The device of the weights; the CPU by default.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>
    /// The dtype of the weights; null chooses float32 on the CPU (where 16-bit arithmetic is slower, not faster) and float16
    /// on a GPU.
    /// </summary>
    public ScalarType? DType { get; init; }

    /// <summary>
    /// The variant of the files, such as <c>fp16</c> (components without it are read from their plain files where another one
    /// of the checkpoint has it); null prefers the plain files and takes <c>fp16</c> ones where only these exist.
    /// </summary>
    public string? Variant { get; init; }

    /// <summary>
    /// Whether weights whose dtype already fits stay where they are in the mapped file (CPU only). The file must not be
    /// truncated while the model lives; replacing it by renaming is harmless.
    /// </summary>
    public bool MapWeights { get; init; } = true;

    /// <summary>The dtype that <see cref="DType"/> stands for on <see cref="Device"/>.</summary>
    public ScalarType EffectiveDType =>
        DType ?? (Device.type == TorchSharp.DeviceType.CPU ? ScalarType.Float32 : ScalarType.Float16);
}
