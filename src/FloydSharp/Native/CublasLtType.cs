namespace FloydSharp.Native;

/// <summary>What the numbers of a matrix are, as <c>library_types.h</c> numbers it.</summary>
internal enum CublasLtType
{
    /// <summary>IEEE half precision.</summary>
    Float16 = 2,

    /// <summary>float32 without its last 16 bits.</summary>
    BFloat16 = 14,

    /// <summary>A sign, 4 bits of exponent, 3 of mantissa; up to 448 (Micikevicius and others 2022, arXiv:2209.05433).</summary>
    Float8E4M3 = 28,
}
