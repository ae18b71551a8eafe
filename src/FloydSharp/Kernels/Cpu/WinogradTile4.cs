using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// F(4, 3) over the points 0, +-3/4, +-3/2 and infinity: a quarter of the multiplications, four times the filters' memory.
/// With the usual points 1 and 2 rounding errors are larger.
/// </summary>
internal readonly unsafe struct WinogradTile4<V, S> : IWinogradTile
    where V : struct
    where S : ISimd<V>
{
    private const float A = 0.75f;
    private const float B = 1.5f;
    private const float A2 = A * A;
    private const float B2 = B * B;

    public static int Side => 4;

    public static int Size => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InputFromPixels(float** pixels, int pixelStep, int channel, float* target, nint targetStep) => Input(
        S.Load(pixels[0] + channel), S.Load(pixels[pixelStep] + channel), S.Load(pixels[2 * pixelStep] + channel),
        S.Load(pixels[3 * pixelStep] + channel), S.Load(pixels[4 * pixelStep] + channel), S.Load(pixels[5 * pixelStep] + channel),
        target, targetStep);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, float* target, nint targetStep) => Input(
        S.Load(source), S.Load(source + S.Width), S.Load(source + (2 * S.Width)),
        S.Load(source + (3 * S.Width)), S.Load(source + (4 * S.Width)), S.Load(source + (5 * S.Width)),
        target, targetStep);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* source, nint sourceStep, float* target, nint targetStep)
    {
        var (g0, g1, g2) = (S.Load(source), S.Load(source + sourceStep), S.Load(source + (2 * sourceStep)));
        S.Store(S.Multiply(S.Fill(1 / (A2 * B2)), g0), target);
        S.Store(g2, target + (5 * targetStep));
        var even = S.Multiply(S.Fill(1 / (2 * A2 * (A2 - B2))), S.Fma(S.Fill(A2), g2, g0));
        var odd = S.Multiply(S.Fill(A / (2 * A2 * (A2 - B2))), g1);
        S.Store(S.Add(even, odd), target + targetStep);
        S.Store(S.Subtract(even, odd), target + (2 * targetStep));
        even = S.Multiply(S.Fill(1 / (2 * B2 * (B2 - A2))), S.Fma(S.Fill(B2), g2, g0));
        odd = S.Multiply(S.Fill(B / (2 * B2 * (B2 - A2))), g1);
        S.Store(S.Add(even, odd), target + (3 * targetStep));
        S.Store(S.Subtract(even, odd), target + (4 * targetStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint sourceStep, float* target, nint targetStep)
    {
        var (m1, m2) = (S.Load(source + sourceStep), S.Load(source + (2 * sourceStep)));
        var (m3, m4) = (S.Load(source + (3 * sourceStep)), S.Load(source + (4 * sourceStep)));
        var (even1, odd1) = (S.Add(m1, m2), S.Subtract(m1, m2));
        var (even2, odd2) = (S.Add(m3, m4), S.Subtract(m3, m4));
        S.Store(S.Add(S.Load(source), S.Add(even1, even2)), target);
        S.Store(S.Fma(S.Fill(A), odd1, S.Multiply(S.Fill(B), odd2)), target + targetStep);
        S.Store(S.Fma(S.Fill(A2), even1, S.Multiply(S.Fill(B2), even2)), target + (2 * targetStep));
        var last = S.Add(S.Fma(S.Fill(A2 * A), odd1, S.Multiply(S.Fill(B2 * B), odd2)), S.Load(source + (5 * sourceStep)));
        S.Store(last, target + (3 * targetStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(V d0, V d1, V d2, V d3, V d4, V d5, float* target, nint step)
    {
        var product = S.Fill(A2 * B2);
        var sum = S.Fill(-(A2 + B2));
        S.Store(S.Fma(product, d0, S.Fma(sum, d2, d4)), target);
        S.Store(S.Fma(product, d1, S.Fma(sum, d3, d5)), target + (5 * step));
        var even = S.Fma(S.Fill(-B2), d2, d4);
        var odd = S.Multiply(S.Fill(A), S.Fma(S.Fill(-B2), d1, d3));
        S.Store(S.Add(even, odd), target + step);
        S.Store(S.Subtract(even, odd), target + (2 * step));
        even = S.Fma(S.Fill(-A2), d2, d4);
        odd = S.Multiply(S.Fill(B), S.Fma(S.Fill(-A2), d1, d3));
        S.Store(S.Add(even, odd), target + (3 * step));
        S.Store(S.Subtract(even, odd), target + (4 * step));
    }
}
