using FloydSharp.Quantization;
using FloydSharp.Weights;

namespace FloydSharp.Cascade.Records;

/// <summary>How weights were loaded, as far as it decides what is computed. Forms that are not there are the defaults.</summary>
public sealed record LoadRecord
{
    /// <summary>The device, such as cpu or cuda:0.</summary>
    public required string Device { get; init; }

    /// <summary>The dtype that was asked for; null for the device's own.</summary>
    public string? Dtype { get; init; }

    /// <summary>The variant of the weight files that was asked for; null for none.</summary>
    public string? Variant { get; init; }

    /// <summary>Which weights became int8 while they were loaded.</summary>
    public WeightQuantization? Quantization { get; init; }

    /// <summary>How products with int8 weights were computed.</summary>
    public Int8Execution? Int8Execution { get; init; }

    /// <summary>Whether 16-bit weights were kept so.</summary>
    public bool? KeepHalf { get; init; }

    /// <summary>Whether weights that must not run in float16 were kept as bfloat16.</summary>
    public bool? WideAsBFloat16 { get; init; }

    /// <summary>As in <see cref="LoadOptions"/>; null for false.</summary>
    public bool? Plain { get; init; }

    internal static LoadRecord Of(LoadOptions options) => new()
    {
        Device = options.Device.ToString(),
        Dtype = options.DType?.ToString(),
        Variant = options.Variant,
        Quantization = options.Quantization == default ? null : options.Quantization,
        Int8Execution = options.Int8Execution == default ? null : options.Int8Execution,
        KeepHalf = options.KeepHalf,
        WideAsBFloat16 = options.WideAsBFloat16 ? true : null,
        Plain = options.Plain ? true : null,
    };

    /// <summary>The record where it says more than device, dtype and variant; else null.</summary>
    internal static LoadRecord? OfForms(LoadOptions options) =>
        Of(options) is var record && record == new LoadRecord { Device = record.Device, Dtype = record.Dtype, Variant = record.Variant } ? null : record;

    /// <summary>Options with the recorded forms of weights; their device, dtype and variant stay.</summary>
    public LoadOptions ApplyFormsTo(LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            Quantization = Quantization ?? default,
            Int8Execution = Int8Execution ?? default,
            KeepHalf = KeepHalf,
            WideAsBFloat16 = WideAsBFloat16 ?? false,
            Plain = Plain ?? false,
        };
    }

    /// <summary>Options with all that is recorded but the device, which stays.</summary>
    /// <exception cref="IO.FloydException">The dtype is not known.</exception>
    public LoadOptions ApplyTo(LoadOptions options) => ApplyFormsTo(options) with
    {
        DType = Dtype is null ? null : TensorDTypes.Parse(Dtype.ToLowerInvariant()),
        Variant = Variant,
    };
}
