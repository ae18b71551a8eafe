using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>
/// Random weights under which activations stay of order one: norms and biases neutral, everything else uniform with variance
/// 1 / fan-in.
/// </summary>
internal static class RandomWeights
{
    private const int PieceElements = 1 << 20;

    // No multiple of any width, so that a matrix's rows differ.
    private const int BlockElements = (1 << 21) + 331;

    private static readonly ConcurrentDictionary<(ScalarType DType, float Range, float Neutral, bool Positive), byte[]> _blocks = new();

    /// <summary>Fills a model on a device.</summary>
    public static void Fill(Layer model, ScalarType dtype, Device device) => Fill(model, _ => dtype, device);

    /// <summary>Fills a model on a device in float16 but for the weights that are not loaded so.</summary>
    public static void FillAsLoaded(Layer model, Device device) =>
        Fill(model, name => (model as ICheckpointModel)?.DTypeOf(name, ScalarType.Float16) ?? ScalarType.Float16, device);

    private static void Fill(Layer model, Func<string, ScalarType> dtypeOf, Device device)
    {
        foreach (var (name, weight) in model.NamedWeights())
        {
            using var scope = NewDisposeScope();
            var dtype = dtypeOf(name);
            var range = Range(name, weight.Shape);
            long[] shape = [.. weight.Shape];
            var value = range == 0
                ? full(shape, Neutral(name), dtype, device)
                : (rand(shape, dtype, device) - 0.5) * (2 * range);
            weight.Fill(value);
            weight.IsRearrangeable = true;
        }
    }

    /// <summary>A tensor for a writer, made piece by piece while it is written.</summary>
    public static SafetensorsTensorSource Source(string name, IReadOnlyList<long> shape, ScalarType dtype, int seed)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        var range = Range(name, shape);
        return new(name, dtype.ToSafetensors(), shape, stream =>
        {
            var random = new Random(HashCode.Combine(seed, count));
            for (long done = 0; done < count; done += PieceElements)
            {
                var piece = (int)Math.Min(PieceElements, count - done);
                if (dtype == ScalarType.Float16)
                    stream.Write(MemoryMarshal.AsBytes(Values(piece, random, range, name, v => (Half)v).AsSpan()));
                else
                    stream.Write(MemoryMarshal.AsBytes(Values(piece, random, range, name, v => v).AsSpan()));
            }
        });
    }

    /// <summary>
    /// A tensor whose values repeat after some millions, at another place in each tensor and row, which writes as fast as the
    /// disk takes them.
    /// </summary>
    /// <param name="name">Its name, which decides what kind of values.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="dtype">Float16, float32 or int8.</param>
    public static SafetensorsTensorSource Block(string name, IReadOnlyList<long> shape, ScalarType dtype)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        return new(name, dtype.ToSafetensors(), shape, stream =>
        {
            // Scales of quantized rows are those of weights in a matrix of some thousand columns.
            var scales = name.EndsWith(".SCB", StringComparison.Ordinal);
            var range = scales ? 0.02f : Range(name, shape);
            var neutral = range == 0 ? (float)Neutral(name) : 0;
            var block = _blocks.GetOrAdd((dtype, range, neutral, scales), MakeBlock);
            var size = block.Length / BlockElements;
            var at = name.Aggregate(17L, (hash, letter) => ((hash * 31) + letter) % BlockElements);
            for (long done = 0; done < count; at = 0)
            {
                var piece = (int)Math.Min(BlockElements - at, count - done);
                stream.Write(block, (int)at * size, piece * size);
                done += piece;
            }
        });
    }

    private static byte[] MakeBlock((ScalarType DType, float Range, float Neutral, bool Positive) kind)
    {
        var random = new Random(1);
        var values = new float[BlockElements];
        for (var i = 0; i < values.Length; i++)
            values[i] = kind.Range == 0 ? kind.Neutral : ((random.NextSingle() * 2) - 1) * (kind.DType == ScalarType.Int8 ? 127 : kind.Range);
        if (kind.Positive)
            values = [.. values.Select(MathF.Abs)];
        return kind.DType switch
        {
            ScalarType.Int8 => [.. values.Select(v => (byte)(sbyte)v)],
            ScalarType.Float16 => MemoryMarshal.AsBytes<Half>([.. values.Select(v => (Half)v)]).ToArray(),
            _ => MemoryMarshal.AsBytes<float>(values).ToArray(),
        };
    }

    private static T[] Values<T>(int count, Random random, float range, string name, Func<float, T> convert)
    {
        var values = new T[count];
        if (range == 0)
        {
            values.AsSpan().Fill(convert((float)Neutral(name)));
            return values;
        }

        for (var i = 0; i < count; i++)
            values[i] = convert(((random.NextSingle() * 2) - 1) * range);
        return values;
    }

    private static float Range(string name, IReadOnlyList<long> shape)
    {
        if (shape.Count < 2 || name.EndsWith("layer_norm.weight", StringComparison.Ordinal))
            return 0;
        var fanIn = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        // T5 does not scale its scores: its queries begin smaller by the root of a head's width, else a softmax picks one token.
        return MathF.Sqrt(3f / fanIn) / (name.EndsWith("SelfAttention.q.weight", StringComparison.Ordinal) ? 8 : 1);
    }

    private static double Neutral(string name) => name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1;
}
