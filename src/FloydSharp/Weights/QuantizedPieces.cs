using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Some rows of a weight as int8.</summary>
/// <param name="First">The first row.</param>
/// <param name="Values">(rows, K) int8 on the CPU; owned.</param>
/// <param name="Scales">(rows) float32 on the CPU; owned.</param>
internal sealed record QuantizedPieces(long First, Tensor Values, Tensor Scales) : IDisposable
{
    // Read, as float32, and as int8, these elements take 20 MB or less.
    private const long Elements = 2 << 20;

    /// <summary>What reading a tensor so takes beside its result, in bytes: a piece as it is stored, as float32 and as int8.</summary>
    /// <param name="elementSize">Bytes of a stored element.</param>
    /// <param name="elements">How many there are.</param>
    public static long BytesOf(long elementSize, long elements) =>
        Math.Min(elements, Elements) * (elementSize + (elementSize < sizeof(float) ? sizeof(float) : 0) + 1);

    /// <summary>Reads a floating-point entry piece by piece, each a run of whole rows.</summary>
    /// <returns>The pieces in order; each is to be disposed before the next.</returns>
    public static IEnumerable<QuantizedPieces> Read(SafetensorsFile file, SafetensorsEntry entry)
    {
        var rows = entry.Shape[0];
        var length = rows == 0 ? 0 : entry.ElementCount / rows;
        var step = Math.Max(1, Elements / Math.Max(1, length));
        for (var first = 0L; first < rows; first += step)
            yield return Piece(file, entry, first, Math.Min(step, rows - first), length);
    }

    /// <summary>Reads a floating-point tensor as int8.</summary>
    /// <returns>Values of the entry's shape and scales [N], on the device asked for; owned by the caller.</returns>
    /// <exception cref="FloydException">A value is not a finite number.</exception>
    public static (Tensor Values, Tensor Scales) ReadAll(SafetensorsFile file, SafetensorsEntry entry, Device device)
    {
        using var scope = NewDisposeScope();
        var rows = entry.Shape[0];
        var values = empty([.. entry.Shape], ScalarType.Int8, device);
        var scales = empty([rows], ScalarType.Float32, device);
        var flat = values.view(rows, -1);
        foreach (var piece in Read(file, entry))
        {
            using (piece)
            {
                flat.narrow(0, piece.First, piece.Values.shape[0]).copy_(piece.Values);
                scales.narrow(0, piece.First, piece.Values.shape[0]).copy_(piece.Scales);
            }
        }

        return (values.MoveToOuterDisposeScope(), scales.MoveToOuterDisposeScope());
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Scales.Dispose();
    }

    private static QuantizedPieces Piece(SafetensorsFile file, SafetensorsEntry entry, long first, long rows, long length)
    {
        using var scope = NewDisposeScope();
        var stored = empty([rows, length], entry.ToTorch());
        var row = length * stored.ElementSize;
        TensorFile.ReadInto(stored, file, entry, first * row, rows * row);
        var values = empty([rows, length], ScalarType.Int8);
        var scales = empty(rows);
        RowQuantizer.Quantize(stored, values, scales, entry.Name);
        return new(first, values.MoveToOuterDisposeScope(), scales.MoveToOuterDisposeScope());
    }
}
