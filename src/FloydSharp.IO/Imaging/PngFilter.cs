using System.Numerics;

namespace FloydSharp.IO.Imaging;

/// <summary>
/// PNG row filters (PNG specification, section 9). Per row the filter whose result has the smallest sum of absolute
/// values, read as signed bytes, is taken: the heuristic the specification suggests.
/// </summary>
internal sealed class PngFilter
{
    private readonly int _stride;
    private readonly int _pixelSize;

    // Rows stand behind one black pixel, so the first pixel has a left neighbour, and before zeros up to whole vectors.
    private byte[] _row;
    private byte[] _above;
    private readonly byte[][] _filtered = new byte[5][];

    /// <param name="stride">Bytes per row.</param>
    /// <param name="pixelSize">Bytes per pixel: the distance to the left neighbour.</param>
    public PngFilter(int stride, int pixelSize)
    {
        _stride = stride;
        _pixelSize = pixelSize;
        var padded = (stride + Vector<byte>.Count - 1) / Vector<byte>.Count * Vector<byte>.Count;
        _row = new byte[pixelSize + padded];
        _above = new byte[pixelSize + padded];
        for (var type = 0; type < _filtered.Length; type++)
        {
            _filtered[type] = new byte[1 + padded];
            _filtered[type][0] = (byte)type;
        }
    }

    /// <summary>Filters the next row, from the top of the picture down.</summary>
    /// <returns>The filter's type and the filtered row; valid until the next call.</returns>
    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> row)
    {
        (_row, _above) = (_above, _row);
        row.CopyTo(_row.AsSpan(_pixelSize));
        for (var i = 0; i < _stride; i += Vector<byte>.Count)
        {
            var value = new Vector<byte>(_row, i + _pixelSize);
            var left = new Vector<byte>(_row, i);
            var above = new Vector<byte>(_above, i + _pixelSize);
            var corner = new Vector<byte>(_above, i);
            value.CopyTo(_filtered[0], i + 1);
            (value - left).CopyTo(_filtered[1], i + 1);
            (value - above).CopyTo(_filtered[2], i + 1);
            (value - Average(left, above)).CopyTo(_filtered[3], i + 1);
            (value - Paeth(left, above, corner)).CopyTo(_filtered[4], i + 1);
        }

        return _filtered.MinBy(Score).AsSpan(0, _stride + 1);
    }

    /// <summary>Half the sum, rounded down, without leaving 8 bits.</summary>
    private static Vector<byte> Average(Vector<byte> a, Vector<byte> b) => (a & b) + ((a ^ b) >>> 1);

    private static Vector<byte> Paeth(Vector<byte> left, Vector<byte> above, Vector<byte> corner)
    {
        Vector.Widen(left, out var leftLow, out var leftHigh);
        Vector.Widen(above, out var aboveLow, out var aboveHigh);
        Vector.Widen(corner, out var cornerLow, out var cornerHigh);
        return Vector.Narrow(
            Paeth(leftLow.As<ushort, short>(), aboveLow.As<ushort, short>(), cornerLow.As<ushort, short>()).As<short, ushort>(),
            Paeth(leftHigh.As<ushort, short>(), aboveHigh.As<ushort, short>(), cornerHigh.As<ushort, short>()).As<short, ushort>());
    }

    /// <summary>The neighbour nearest to left + above - corner; the first of equals in that order.</summary>
    private static Vector<short> Paeth(Vector<short> left, Vector<short> above, Vector<short> corner)
    {
        var toLeft = Vector.Abs(above - corner);
        var toAbove = Vector.Abs(left - corner);
        var toCorner = Vector.Abs(left + above - corner - corner);
        var isLeft = Vector.LessThanOrEqual(toLeft, toAbove) & Vector.LessThanOrEqual(toLeft, toCorner);
        var isAbove = Vector.LessThanOrEqual(toAbove, toCorner);
        return Vector.ConditionalSelect(isLeft, left, Vector.ConditionalSelect(isAbove, above, corner));
    }

    private long Score(byte[] filtered)
    {
        var sums = Vector<uint>.Zero;
        var i = 1;
        for (; i + Vector<byte>.Count <= _stride + 1; i += Vector<byte>.Count)
        {
            var value = new Vector<byte>(filtered, i);
            Vector.Widen(Vector.Min(value, Vector<byte>.Zero - value), out var low, out var high);
            Vector.Widen(low + high, out var lower, out var upper);
            sums += lower + upper;
        }

        long sum = Vector.Sum(sums);
        for (; i <= _stride; i++)
            sum += Math.Abs((int)(sbyte)filtered[i]);
        return sum;
    }
}
