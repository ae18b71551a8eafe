using FloydSharp.Nn;
using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Where a component's weights go and in which form.</summary>
public sealed record LoadOptions
{
    /// <summary>The device of the weights; the CPU by default.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>
    /// The dtype of the weights, and for those that are kept in fewer bits the dtype of their products; null chooses float32
    /// on the CPU (where 16-bit arithmetic is slower, not faster) and float16 on a GPU.
    /// </summary>
    public ScalarType? DType { get; init; }

    /// <summary>
    /// The variant of the files, such as <c>fp16</c> or <c>8bit</c> (components without it are read from their plain files where another one
    /// of the checkpoint has it); null prefers the plain files and takes <c>fp16</c> or <c>8bit</c> ones where only these exist.
    /// </summary>
    public string? Variant { get; init; }

    /// <summary>
    /// Whether weights whose dtype already fits stay where they are in the mapped file (CPU only). The file must not be
    /// truncated while the model lives; replacing it by renaming is harmless.
    /// </summary>
    public bool MapWeights { get; init; } = true;

    /// <summary>Which floating-point weights become int8 while they are loaded. Weights that are int8 in the files stay so in any case.</summary>
    public WeightQuantization Quantization { get; init; }

    /// <summary>How linear products with int8 weights are computed.</summary>
    public Int8Execution Int8Execution { get; init; }

    /// <summary>
    /// Whether the weights of linear layers and convolutions that the files have in 16 bits stay so where the model computes
    /// in float32: half the memory, or none where they are mapped; each product widens them. Null keeps them beside int8 weights.
    /// </summary>
    public bool? KeepHalf { get; init; }

    /// <summary>
    /// Whether linear weights that must not run in float16 (T5's <c>wo</c>) are kept as bfloat16 where the files have them in
    /// float32, and widened for each product: 2 GB instead of 4 GB for T5-XXL, at a relative rounding of 2^-9.
    /// </summary>
    public bool WideAsBFloat16 { get; init; }

    /// <summary>
    /// Bytes of the device's memory that the component's weights may take; null for no limit. Of a model that is larger, the
    /// weights that do not fit stay in the files and come in when they are used, the next ones while the present ones compute.
    /// Results are the same, to the bit.
    /// </summary>
    public long? WeightBudget { get; init; }

    /// <summary>
    /// Bytes of page-locked RAM in which weights that are streamed to a GPU may stay once they were read, so that later passes copy
    /// them without reading; as many as fit, the others come from the files each time. 0, the default, keeps none. Results are the
    /// same, to the bit.
    /// </summary>
    public long PinnedBudget { get; init; }

    /// <summary>
    /// Whether layers are computed by libtorch's operators alone, as the reference does: slower, and the measure that faster
    /// ways are held against.
    /// </summary>
    public bool Plain { get; init; }

    /// <summary>Where weights are to lie that a kernel wants in another order or beside others; null for no matter where. Not owned.</summary>
    internal IWeightRooms? Rooms { get; init; }

    /// <summary>
    /// Opens what brings weights to a device that stay there; null, also as its result, for one buffer that is read into and copied
    /// out of in turn.
    /// </summary>
    internal Func<Device, IDeviceReader?>? OpenReader { get; init; }

    /// <summary>How the queues of a device are opened that streamed weights come through; null for the device's own.</summary>
    internal Func<Device, IStreamDevice>? OpenStreams { get; init; }

    /// <summary>The dtype that <see cref="DType"/> stands for on <see cref="Device"/>.</summary>
    public ScalarType EffectiveDType =>
        DType ?? (Device.type == TorchSharp.DeviceType.CPU ? ScalarType.Float32 : ScalarType.Float16);
}
