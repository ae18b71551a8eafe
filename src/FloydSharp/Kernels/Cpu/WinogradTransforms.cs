using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// The one-dimensional transforms of Winograd's F(4, 3): four results of a filter of three by six products instead of twelve
/// (Lavin and Gray 2016, arXiv:1509.09308), over the points 0, +-a, +-b and infinity.
/// </summary>
internal static class WinogradTransforms<V, S>
    where V : struct
    where S : ISimd<V>
{
    // Points for which the rounding errors of the whole are smallest among simple ones; the usual 1 and 2 have twice the error.
    private const float A = WinogradPoints.A;
    private const float B = WinogradPoints.B;
    private const float A2 = A * A;
    private const float B2 = B * B;

    /// <summary>Six numbers of the picture.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(V d0, V d1, V d2, V d3, V d4, V d5, out V o0, out V o1, out V o2, out V o3, out V o4, out V o5)
    {
        var product = S.Fill(A2 * B2);
        var sum = S.Fill(-(A2 + B2));
        o0 = S.Fma(product, d0, S.Fma(sum, d2, d4));
        o5 = S.Fma(product, d1, S.Fma(sum, d3, d5));
        var even = S.Fma(S.Fill(-B2), d2, d4);
        var odd = S.Multiply(S.Fill(A), S.Fma(S.Fill(-B2), d1, d3));
        o1 = S.Add(even, odd);
        o2 = S.Subtract(even, odd);
        even = S.Fma(S.Fill(-A2), d2, d4);
        odd = S.Multiply(S.Fill(B), S.Fma(S.Fill(-A2), d1, d3));
        o3 = S.Add(even, odd);
        o4 = S.Subtract(even, odd);
    }

    /// <summary>Three numbers of the filter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(V g0, V g1, V g2, out V o0, out V o1, out V o2, out V o3, out V o4, out V o5)
    {
        o0 = S.Multiply(S.Fill(1 / (A2 * B2)), g0);
        o5 = g2;
        var even = S.Multiply(S.Fill(1 / (2 * A2 * (A2 - B2))), S.Fma(S.Fill(A2), g2, g0));
        var odd = S.Multiply(S.Fill(A / (2 * A2 * (A2 - B2))), g1);
        o1 = S.Add(even, odd);
        o2 = S.Subtract(even, odd);
        even = S.Multiply(S.Fill(1 / (2 * B2 * (B2 - A2))), S.Fma(S.Fill(B2), g2, g0));
        odd = S.Multiply(S.Fill(B / (2 * B2 * (B2 - A2))), g1);
        o3 = S.Add(even, odd);
        o4 = S.Subtract(even, odd);
    }

    /// <summary>Six products back to four results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(V m0, V m1, V m2, V m3, V m4, V m5, out V o0, out V o1, out V o2, out V o3)
    {
        var (even1, odd1) = (S.Add(m1, m2), S.Subtract(m1, m2));
        var (even2, odd2) = (S.Add(m3, m4), S.Subtract(m3, m4));
        o0 = S.Add(m0, S.Add(even1, even2));
        o1 = S.Fma(S.Fill(A), odd1, S.Multiply(S.Fill(B), odd2));
        o2 = S.Fma(S.Fill(A2), even1, S.Multiply(S.Fill(B2), even2));
        o3 = S.Add(S.Fma(S.Fill(A2 * A), odd1, S.Multiply(S.Fill(B2 * B), odd2)), m5);
    }
}
