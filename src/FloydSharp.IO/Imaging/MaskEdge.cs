namespace FloydSharp.IO.Imaging;

/// <summary>Masks of people's pictures: what is marked, and how much of a painted pixel shows there.</summary>
internal static class MaskEdge
{
    /// <summary>The widest feathered edge in pixels.</summary>
    public const int MaxFeather = 4096;

    private const byte Marked = 255;

    /// <summary>A mask in black and white at its picture's size: from one half on a pixel is marked.</summary>
    /// <param name="mask">Any channels; alpha is dropped. Not changed.</param>
    /// <param name="width">The picture's pixels per row.</param>
    /// <param name="height">Its rows.</param>
    /// <returns>A new grey picture of 0 and 255.</returns>
    public static ImageBuffer Sharpen(ImageBuffer mask, int width, int height)
    {
        var result = Resampler.Resize(mask.ToGrey(), width, height, ResampleFilter.Bicubic);
        foreach (ref var pixel in result.Pixels.AsSpan())
            pixel = pixel >= 128 ? Marked : (byte)0;
        return result;
    }

    /// <summary>A mask for models: whatever is marked in the least is marked there, so that no pixel under the mask stays unpainted.</summary>
    /// <param name="mask">From <see cref="Sharpen"/>; not changed.</param>
    /// <param name="window">What the models see.</param>
    /// <param name="width">Their pixels per row.</param>
    /// <param name="height">Their rows.</param>
    /// <returns>A new grey picture of 0 and 255.</returns>
    public static ImageBuffer Take(ImageBuffer mask, PictureWindow window, int width, int height)
    {
        var result = window.Take(mask, width, height, ResampleFilter.Box);
        foreach (ref var pixel in result.Pixels.AsSpan())
            pixel = pixel > 0 ? Marked : (byte)0;
        return result;
    }

    /// <summary>
    /// How much of a painted pixel shows: nothing outside the mask, then more with the distance from what is not marked, all
    /// beyond the feathered edge. The edge of the picture is no edge of the mask.
    /// </summary>
    /// <param name="mask">From <see cref="Sharpen"/>; not changed.</param>
    /// <param name="part">The part to work out, inside the picture; what lies outside it counts as not marked.</param>
    /// <param name="feather">Width of the edge in pixels, 0 to <see cref="MaxFeather"/>; 0 is hard.</param>
    /// <returns>A new grey picture of the part's size: 0 exactly where nothing is marked.</returns>
    public static ImageBuffer Weights(ImageBuffer mask, PictureWindow part, int feather)
    {
        var result = mask.Crop(part.X, part.Y, part.Width, part.Height);
        if (feather == 0)
            return result;

        // Squared distances in two passes (Felzenszwalb, Huttenlocher, Theory of Computing 2012): along columns, then along rows.
        var columns = ColumnDistances(mask, part, feather + 1);
        var (distances, envelope) = (new double[part.Width + 2], new Envelope(part.Width + 2));
        for (var y = 0; y < part.Height; y++)
        {
            var row = result.Row(y);
            if (row.IndexOfAnyExcept((byte)0) < 0)
                continue;
            distances[0] = BesidePart(mask, part.X - 1, feather);
            distances[^1] = BesidePart(mask, part.X + part.Width, feather);
            for (var x = 0; x < part.Width; x++)
                distances[x + 1] = Math.Pow(columns[(y * part.Width) + x], 2);
            envelope.Build(distances);
            for (var x = 0; x < row.Length; x++)
            {
                if (row[x] != 0)
                    row[x] = (byte)Math.Clamp(Math.Round(Marked * Math.Sqrt(envelope.At(x + 1)) / (feather + 1)), 1, Marked);
            }
        }

        return result;
    }

    /// <summary>As <see cref="Weights"/>, with a narrower edge where the whole mask is narrow, so that its middle is painted fully.</summary>
    public static ImageBuffer SoftWeights(ImageBuffer mask, PictureWindow part, int feather)
    {
        var weights = Weights(mask, part, feather);
        var most = weights.Pixels.Max();
        return most == Marked ? weights : Weights(mask, part, most * (feather + 1) / Marked / 2);
    }

    private static double BesidePart(ImageBuffer mask, int x, int feather) => x < 0 || x >= mask.Width ? Math.Pow(feather + 1.0, 2) * 4 : 0;

    // To the nearest pixel in the same column that is not marked; so far as the edge is wide, at most.
    private static ushort[] ColumnDistances(ImageBuffer mask, PictureWindow part, int most)
    {
        var far = (ushort)(2 * most);
        var result = new ushort[part.Width * part.Height];
        Array.Fill(result, far);
        var nearest = new ushort[part.Width];
        nearest.AsSpan().Fill(part.Y > 0 ? (ushort)0 : far);
        for (var y = 0; y < part.Height; y++)
            Pass(y);
        nearest.AsSpan().Fill(part.Y + part.Height < mask.Height ? (ushort)0 : far);
        for (var y = part.Height - 1; y >= 0; y--)
            Pass(y);
        return result;

        void Pass(int y)
        {
            var row = mask.Row(part.Y + y).Slice(part.X, part.Width);
            var distances = result.AsSpan(y * part.Width, part.Width);
            for (var x = 0; x < row.Length; x++)
            {
                nearest[x] = row[x] == 0 ? (ushort)0 : (ushort)Math.Min(nearest[x] + 1, far);
                distances[x] = Math.Min(distances[x], nearest[x]);
            }
        }
    }

    // The lowest of parabolas, one above each position.
    private sealed class Envelope(int size)
    {
        private readonly int[] _at = new int[size];
        private readonly double[] _from = new double[size + 1];
        private double[] _heights = [];
        private int _current;

        public void Build(double[] heights)
        {
            (_heights, _current) = (heights, 0);
            var last = 0;
            (_at[0], _from[0], _from[1]) = (0, double.NegativeInfinity, double.PositiveInfinity);
            for (var q = 1; q < heights.Length; q++)
            {
                var meet = Meet(q, _at[last]);
                while (meet <= _from[last])
                    meet = Meet(q, _at[--last]);
                (_at[++last], _from[last], _from[last + 1]) = (q, meet, double.PositiveInfinity);
            }
        }

        // Positions must rise from call to call.
        public double At(int position)
        {
            while (_from[_current + 1] < position)
                _current++;
            double offset = position - _at[_current];
            return (offset * offset) + _heights[_at[_current]];
        }

        private double Meet(int q, int p) => ((_heights[q] + ((double)q * q)) - (_heights[p] + ((double)p * p))) / (2.0 * (q - p));
    }
}
