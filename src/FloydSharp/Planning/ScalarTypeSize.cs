using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>Bytes of a value.</summary>
internal static class ScalarTypeSize
{
    /// <summary>Bytes of a value of a dtype.</summary>
    public static int Bytes(this ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };
}
