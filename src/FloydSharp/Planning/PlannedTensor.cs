using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>A weight as a plan sees it.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Stored">How the file has it; I8 with scales beside it for a quantized one.</param>
/// <param name="Elements">How many values it has.</param>
/// <param name="ScaleBytes">Bytes of its scales; 0 where it is not quantized.</param>
/// <param name="IsTable">Whether rows of it are looked up, so that it is never converted as a whole.</param>
/// <param name="IsStreamable">Whether it can be streamed: weights of linear layers and convolutions.</param>
/// <param name="KeepsFloat32">Whether it stays float32 where float16 is asked for.</param>
public sealed record PlannedTensor(string Name, SafetensorsDType Stored, long Elements, long ScaleBytes, bool IsTable, bool IsStreamable, bool KeepsFloat32)
{
    /// <summary>Bytes of the scales that it is given where it becomes int8 while it is loaded; null where it stays as it is stored.</summary>
    public long? NewScaleBytes { get; init; }

    /// <summary>Whether it belongs to a convolution.</summary>
    public bool IsFilter { get; init; }

    /// <summary>Whether it is kept in 8 bits.</summary>
    public bool IsQuantized => Stored == SafetensorsDType.I8 || NewScaleBytes is not null;

    /// <summary>Bytes in the file, with scales.</summary>
    public long StoredBytes => (Elements * Stored.Bits() / 8) + ScaleBytes;

    /// <summary>The dtype that it has when computed with.</summary>
    /// <param name="dtype">The component's.</param>
    public ScalarType ComputedIn(ScalarType dtype) => KeepsFloat32 && dtype == ScalarType.Float16 ? ScalarType.Float32 : dtype;

    /// <summary>Bytes when computed with, quantized ones dequantized.</summary>
    public long ComputedBytes(ScalarType dtype) => Elements * ComputedIn(dtype).Bytes();

    /// <summary>Bytes where it is kept: quantized ones stay so.</summary>
    public long KeptBytes(ScalarType dtype) => NewScaleBytes is { } scales ? Elements + scales : IsQuantized ? StoredBytes : ComputedBytes(dtype);

    /// <summary>Whether the file's form is the one that is computed with.</summary>
    public bool IsStoredAs(ScalarType dtype) => NewScaleBytes is null && ComputedIn(dtype) switch
    {
        ScalarType.Float32 => Stored == SafetensorsDType.F32,
        ScalarType.Float16 => Stored == SafetensorsDType.F16,
        ScalarType.BFloat16 => Stored == SafetensorsDType.BF16,
        _ => false,
    };
}
