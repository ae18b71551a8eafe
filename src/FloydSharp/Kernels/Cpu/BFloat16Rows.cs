using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Norms and gates of bfloat16 rows on a CPU with vectors of 16: one pass, float32 between, rounded once.</summary>
internal sealed unsafe class BFloat16Rows : IRowKernels
{
    private const int Step = 32;

    /// <inheritdoc/>
    public Tensor? TryGate(Tensor x, Activation activation, bool second, ScalarType dtype) => null;

    /// <inheritdoc/>
    public Tensor? TryGate(Tensor activated, Tensor other, Activation activation, ScalarType dtype)
    {
        if (activation != Activation.GeluNew || dtype != ScalarType.BFloat16 || !Serves(activated) || !Serves(other) || !activated.shape.AsSpan().SequenceEqual(other.shape))
            return null;
        var width = activated.shape[^1];
        var result = empty(activated.shape, ScalarType.BFloat16);             // (..., F)
        var (a, b, y) = (TensorAddress.Of(activated), TensorAddress.Of(other), TensorAddress.Of(result));
        ThreadTeam.Run((int)(activated.numel() / width), row =>
            Gate((ushort*)a + (row * width), (ushort*)b + (row * width), (ushort*)y + (row * width), width));
        GC.KeepAlive((activated, other));
        return result;
    }

    /// <inheritdoc/>
    public Tensor? TryRmsNorm(Tensor x, Tensor weight, double eps)
    {
        if (!Serves(x) || !Serves(weight))
            return null;
        var width = x.shape[^1];
        var result = empty(x.shape, ScalarType.BFloat16);                     // (..., D)
        var (from, factors, to) = (TensorAddress.Of(x), TensorAddress.Of(weight), TensorAddress.Of(result));
        ThreadTeam.Run((int)(x.numel() / width), row =>
            Norm((ushort*)from + (row * width), (ushort*)factors, (float)eps, (ushort*)to + (row * width), width));
        GC.KeepAlive((x, weight));
        return result;
    }

    /// <inheritdoc/>
    public Tensor? TryLayerNorm(Tensor x, Tensor weight, Tensor bias, double eps) => null;

    /// <summary>Numbers times a factor, rounded to the nearest, ties to even.</summary>
    /// <param name="source">They are read.</param>
    /// <param name="factor">On each.</param>
    /// <param name="target">Overwritten.</param>
    /// <param name="count">A multiple of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(float* source, float factor, ushort* target, long count)
    {
        for (var i = 0L; i < count; i += Step)
            Store(Vector512.Load(source + i) * factor, Vector512.Load(source + i + (Step / 2)) * factor, target + i);
    }

    private static bool Serves(Tensor x) =>
        x.device_type == TorchSharp.DeviceType.CPU && x.dtype == ScalarType.BFloat16 && x.is_contiguous() && x.numel() > 0 && x.shape[^1] % Step == 0
        && !(is_grad_enabled() && x.requires_grad);

    // x (1 + tanh u) / 2 is x / (1 + e^(-2u)), u = sqrt(2 / pi) (x + 0.044715 x^3).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate(ushort* activated, ushort* other, ushort* target, long width)
    {
        for (var i = 0L; i < width; i += Step)
        {
            var (a, b) = Load(activated + i);
            var (c, d) = Load(other + i);
            Store(GeluNew(a) * c, GeluNew(b) * d, target + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> GeluNew(Vector512<float> x)
    {
        var u = x * Vector512.FusedMultiplyAdd(x * x, Vector512.Create(-2 * 0.7978845608f * 0.044715f), Vector512.Create(-2 * 0.7978845608f));
        return x / (Vector512<float>.One + SimdMath<Vector512<float>, Simd512>.Exp(u));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Norm(ushort* x, ushort* weight, float eps, ushort* target, long width)
    {
        var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0L; i < width; i += Step)
        {
            var (a, b) = Load(x + i);
            even = Vector512.FusedMultiplyAdd(a, a, even);
            odd = Vector512.FusedMultiplyAdd(b, b, odd);
        }

        var factor = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(even + odd) / width) + eps));
        for (var i = 0L; i < width; i += Step)
        {
            var (a, b) = Load(x + i);
            var (c, d) = Load(weight + i);
            Store(a * factor * c, b * factor * d, target + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Low, Vector512<float> High) Load(ushort* source)
    {
        var (low, high) = Vector512.Widen(Vector512.Load(source));
        return (Vector512.ShiftLeft(low, 16).AsSingle(), Vector512.ShiftLeft(high, 16).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, ushort* target) => Vector512.Narrow(Round(low), Round(high)).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Round(Vector512<float> x)
    {
        var bits = x.AsUInt32();
        var rounded = Vector512.ShiftRightLogical(bits + Vector512.Create(0x7FFFu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One), 16);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x).AsUInt32(), rounded, Vector512.Create(0x7FC0u)); // what is no number stays none
    }
}
