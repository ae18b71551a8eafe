using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Functions of vectors, to about one unit in the last place of a single-precision result of order one.</summary>
internal static class SimdMath<V, S>
    where V : struct
    where S : ISimd<V>
{
    // Below this the result leaves the range of normal numbers; above it, infinity.
    private const float LowestExponent = -87.3f;
    private const float HighestExponent = 88f;

    // ln 2 in two parts, the first exact in few bits, so that n * ln 2 loses nothing.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x by a power of two and the Taylor series of the rest, which is at most ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // In this order what is no number stays so.
        x = S.Min(S.Fill(HighestExponent), S.Max(S.Fill(LowestExponent), x));
        var n = S.Round(S.Multiply(x, S.Fill(1.44269504f)));
        var r = S.Fma(n, S.Fill(-Ln2Low), S.Fma(n, S.Fill(-Ln2High), x));
        var p = S.Fma(r, S.Fill(1f / 5040), S.Fill(1f / 720));
        p = S.Fma(p, r, S.Fill(1f / 120));
        p = S.Fma(p, r, S.Fill(1f / 24));
        p = S.Fma(p, r, S.Fill(1f / 6));
        p = S.Fma(p, r, S.Fill(0.5f));
        p = S.Fma(p, r, S.Fill(1f));
        p = S.Fma(p, r, S.Fill(1f));
        return S.ScaleByPowerOf2(p, n);
    }

    /// <summary>x * sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Silu(V x) => S.Divide(x, S.Add(S.Fill(1f), Exp(S.Subtract(S.Zero, x))));

    /// <summary>x * (1 + erf(x / sqrt 2)) / 2; erf to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gelu(V x)
    {
        var one = S.Fill(1f);
        var z = S.Multiply(S.Abs(x), S.Fill(0.707106781f));
        var t = S.Divide(one, S.Fma(z, S.Fill(0.3275911f), one));
        var p = S.Fma(t, S.Fill(1.061405429f), S.Fill(-1.453152027f));
        p = S.Fma(p, t, S.Fill(1.421413741f));
        p = S.Fma(p, t, S.Fill(-0.284496736f));
        p = S.Fma(p, t, S.Fill(0.254829592f));
        var tail = S.Multiply(S.Multiply(p, t), Exp(S.Subtract(S.Zero, S.Multiply(z, z))));
        var half = S.Multiply(x, S.Fill(0.5f));
        return S.Fma(half, S.CopySign(S.Subtract(one, tail), x), half);
    }
}
