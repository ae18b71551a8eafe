using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Which dtype of a safetensors file is which dtype of a tensor.</summary>
public static class TensorDTypes
{
    private static readonly Dictionary<SafetensorsDType, ScalarType> FromFile = new()
    {
        [SafetensorsDType.BOOL] = ScalarType.Bool,
        [SafetensorsDType.U8] = ScalarType.Byte,
        [SafetensorsDType.I8] = ScalarType.Int8,
        [SafetensorsDType.I16] = ScalarType.Int16,
        [SafetensorsDType.I32] = ScalarType.Int32,
        [SafetensorsDType.I64] = ScalarType.Int64,
        [SafetensorsDType.F16] = ScalarType.Float16,
        [SafetensorsDType.BF16] = ScalarType.BFloat16,
        [SafetensorsDType.F32] = ScalarType.Float32,
        [SafetensorsDType.F64] = ScalarType.Float64,
    };

    private static readonly Dictionary<ScalarType, SafetensorsDType> ToFile = FromFile.ToDictionary(p => p.Value, p => p.Key);

    /// <summary>The tensor's dtype.</summary>
    /// <exception cref="FloydException">Tensors of this dtype are not supported here.</exception>
    public static ScalarType ToTorch(this SafetensorsEntry entry) => FromFile.TryGetValue(entry.DType, out var dtype)
        ? dtype
        : throw new FloydException($"The tensor {entry.Name} is stored as {entry.DType.Name()}, which is not supported; expected F32, F16, BF16 or an integer type.");

    /// <summary>The file's dtype.</summary>
    /// <exception cref="FloydException">Files cannot hold tensors of this dtype here.</exception>
    public static SafetensorsDType ToSafetensors(this ScalarType dtype) => ToFile.TryGetValue(dtype, out var stored)
        ? stored
        : throw new FloydException($"A tensor of dtype {dtype} cannot be written to a safetensors file; convert it to float32, float16 or bfloat16 first.");

    /// <summary>Whether a dtype is one that weights can be computed in or converted from.</summary>
    public static bool IsFloating(this ScalarType dtype) =>
        dtype is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    /// <summary>The dtype a person names: float32, fp16, bf16, ...</summary>
    /// <exception cref="FloydException">The name is not known.</exception>
    public static ScalarType Parse(string name) => name.ToLowerInvariant() switch
    {
        "float32" or "fp32" or "f32" => ScalarType.Float32,
        "float16" or "fp16" or "f16" or "half" => ScalarType.Float16,
        "bfloat16" or "bf16" => ScalarType.BFloat16,
        _ => throw new FloydException($"The dtype \"{name}\" is not known; use float32, float16 or bfloat16."),
    };
}
