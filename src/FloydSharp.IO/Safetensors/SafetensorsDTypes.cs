using System.Diagnostics.CodeAnalysis;

namespace FloydSharp.IO.Safetensors;

/// <summary>Names and sizes of <see cref="SafetensorsDType"/>.</summary>
public static class SafetensorsDTypes
{
    private static readonly Dictionary<string, SafetensorsDType> ByName =
        Enum.GetValues<SafetensorsDType>().ToDictionary(d => d.ToString(), StringComparer.Ordinal);

    /// <summary>Size of one element in bits: 4, 6, 8, 16, 32 or 64.</summary>
    /// <param name="dtype">The element type.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public static int Bits(this SafetensorsDType dtype) => dtype switch
    {
        SafetensorsDType.F4 => 4,
        SafetensorsDType.F6_E2M3 or SafetensorsDType.F6_E3M2 => 6,
        >= SafetensorsDType.BOOL and <= SafetensorsDType.F8_E5M2FNUZ => 8,
        >= SafetensorsDType.I16 and <= SafetensorsDType.BF16 => 16,
        >= SafetensorsDType.I32 and <= SafetensorsDType.F32 => 32,
        >= SafetensorsDType.C64 and <= SafetensorsDType.U64 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Not an element type of the safetensors format."),
    };

    /// <summary>The name used in files, for example <c>F16</c>.</summary>
    /// <param name="dtype">The element type.</param>
    public static string Name(this SafetensorsDType dtype) => dtype.ToString();

    /// <summary>The element type of a name, which is case-sensitive.</summary>
    /// <param name="name">A name as it stands in files, for example <c>BF16</c>.</param>
    /// <exception cref="FloydException">No element type has this name.</exception>
    public static SafetensorsDType Parse(string name) => TryParse(name, out var dtype)
        ? dtype
        : throw new FloydException(
            $"Unknown safetensors element type '{PrintableText.Of(name)}'; expected one of {string.Join(", ", ByName.Keys)} (case matters).");

    /// <summary>The element type of a name, without an exception.</summary>
    /// <param name="name">A name as it stands in files; case matters.</param>
    /// <param name="dtype">The element type, where there is one.</param>
    /// <returns>Whether the name is known.</returns>
    public static bool TryParse([NotNullWhen(true)] string? name, out SafetensorsDType dtype)
    {
        dtype = default;
        return name is not null && ByName.TryGetValue(name, out dtype);
    }

    /// <summary>
    /// Elements and bytes of a tensor, or null where a product leaves 63 bits or the bits do not fill whole bytes.
    /// Dimensions are multiplied left to right as the reference does, so [n, m, 0] overflows where [0, n, m] does not.
    /// </summary>
    internal static (long Elements, long Bytes)? SizeOf(SafetensorsDType dtype, IReadOnlyList<long> shape)
    {
        long elements = 1;
        foreach (var dimension in shape)
        {
            if (dimension < 0 || Math.BigMul(elements, dimension) > long.MaxValue)
                return null;
            elements *= dimension;
        }

        var bits = Math.BigMul(elements, (long)dtype.Bits());
        return bits > long.MaxValue || bits % 8 != 0 ? null : (elements, (long)(bits / 8));
    }
}
