using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Attention of a text to itself in bfloat16, head by head: two <see cref="TileProduct"/>s of which scores, exponentials and
/// sums stay in a core's own cache, in float32. Exponentials are rounded before the second one, results once.
/// </summary>
internal sealed unsafe class TextAttentionBlocks : IBiasedAttention
{
    // Longer texts would leave the cache.
    private const long MostTokens = 256;

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor q, Tensor k, Tensor v, Tensor bias)
    {
        if (!TileProduct.IsSupported || !(Serves(q, 3) && Serves(k, 3) && Serves(v, 3) && Serves(bias, 4)))
            return null;
        var (batch, tokens, heads) = (q.shape[0], q.shape[1], bias.shape[1]);
        var width = q.shape[2] / heads;
        if (tokens > MostTokens || width * heads != q.shape[2] || width % Vector512<ushort>.Count != 0 || !k.shape.AsSpan().SequenceEqual(q.shape) || !v.shape.AsSpan().SequenceEqual(q.shape)
            || bias.shape[0] is var sets && sets != 1 && sets != batch || bias.shape[2] != tokens || bias.shape[3] != tokens)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        Tensor[] parts = [q.contiguous(), k.contiguous(), v.contiguous(), bias.contiguous()];
        var result = empty(q.shape, ScalarType.BFloat16);                     // (B, T, N * K)
        var size = new Size(tokens, (int)((tokens + Vector512<ushort>.Count - 1) / Vector512<ushort>.Count * Vector512<ushort>.Count), width, heads * width);
        var (queries, keys, values, biases) = (TensorAddress.Of(parts[0]), TensorAddress.Of(parts[1]), TensorAddress.Of(parts[2]), TensorAddress.Of(parts[3]));
        var target = TensorAddress.Of(result);
        ThreadTeam.Run((int)(batch * heads), size.Scratch, (index, scratch) =>
        {
            var (sample, head) = (index / heads, index % heads);
            var start = (sample * tokens * size.Stride) + (head * width);
            var set = bias.shape[0] == 1 ? head : index;
            Head(size, (ushort*)queries + start, (ushort*)keys + start, (ushort*)values + start, (ushort*)biases + (set * tokens * tokens), (ushort*)target + start, scratch);
        });
        GC.KeepAlive(parts);
        return result.MoveToOuterDisposeScope();
    }

    private static bool Serves(Tensor x, int dimensions) =>
        x.device_type == TorchSharp.DeviceType.CPU && x.dtype == ScalarType.BFloat16 && x.dim() == dimensions && x.numel() > 0 && !(is_grad_enabled() && x.requires_grad);

    private static void Head(Size size, ushort* q, ushort* k, ushort* v, ushort* bias, ushort* y, float* scratch)
    {
        var scores = scratch;                                                 // (T, padded)
        var sums = scores + (size.Tokens * Math.Max(size.Padded, size.Width)); // (T)
        var sides = (ushort*)(sums + size.Padded);                            // (K / 2, padded, 2), then (padded / 2, K, 2)
        var exponentials = sides + (size.Padded * size.Width);                // (T, padded)
        TurnKeys(size, k, (uint*)sides);
        TileProduct.Multiply((size.Tokens, size.Padded, size.Width), q, size.Stride, sides, scores, size.Padded, adds: false);
        for (var row = 0L; row < size.Tokens; row++)
            sums[row] = Exponentials(size, scores + (row * size.Padded), bias + (row * size.Tokens), exponentials + (row * size.Padded));

        PairValues(size, v, sides);
        TileProduct.Multiply((size.Tokens, size.Width, size.Padded), exponentials, size.Padded, sides, scores, size.Width, adds: false);
        TileProduct.Release();
        for (var row = 0L; row < size.Tokens; row++)
            BFloat16Rows.Write(scores + (row * size.Width), 1 / sums[row], y + (row * size.Stride), size.Width);
    }

    // Beyond the last key are zeros.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TurnKeys(Size size, ushort* keys, uint* target)
    {
        for (var token = 0L; token < size.Padded; token++)
        {
            var row = (uint*)(keys + (token * size.Stride));
            for (var pair = 0L; pair < size.Width / 2; pair++)
                target[(pair * size.Padded) + token] = token < size.Tokens ? row[pair] : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PairValues(Size size, ushort* values, ushort* target)
    {
        for (var token = 0L; token < size.Padded; token += 2)
        {
            var (first, second) = (token * size.Stride, (token + 1) * size.Stride);
            var pairs = (uint*)(target + (token * size.Width));
            for (var i = 0L; i < size.Width; i++)
                pairs[i] = (token < size.Tokens ? values[first + i] : 0u) | ((token + 1 < size.Tokens ? values[second + i] : 0u) << 16);
        }
    }

    /// <returns>The sum of a row's exponentials.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials(Size size, float* scores, ushort* bias, ushort* target)
    {
        for (var i = 0L; i < size.Padded; i++)
            scores[i] = i < size.Tokens ? scores[i] + BitConverter.UInt32BitsToSingle((uint)bias[i] << 16) : float.NegativeInfinity;

        var highest = Vector512.Load(scores);
        for (var i = Vector512<float>.Count; i < size.Padded; i += Vector512<float>.Count)
            highest = Vector512.Max(highest, Vector512.Load(scores + i));
        var most = Vector512.Create(Simd512.Highest(highest));
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < size.Padded; i += Vector512<float>.Count)
        {
            // What is masked must be 0, not the smallest number that the series gives.
            var x = Vector512.Load(scores + i) - most;
            var e = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87f)), Vector512<float>.Zero, SimdMath<Vector512<float>, Simd512>.Exp(x));
            e.Store(scores + i);
            sum += e;
        }

        BFloat16Rows.Write(scores, 1, target, size.Padded);
        return Vector512.Sum(sum);
    }

    private readonly record struct Size(long Tokens, int Padded, long Width, long Stride)
    {
        public long Scratch => (Tokens * Math.Max(Padded, Width)) + Padded + (Padded * Width / 2) + (Tokens * Padded / 2);
    }
}
