using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reading;

/// <summary>Turns a coloured picture into grey ones in which letters may be dark on white, whatever their colour was.</summary>
internal static class InkMaps
{
    private const int Clusters = 4;

    /// <summary>One map along the line from the commonest colour to the one farthest from it, and one per cluster of colours.</summary>
    /// <param name="sample">RGB; where the colours are taken from.</param>
    /// <param name="picture">RGB; what is mapped.</param>
    public static IReadOnlyList<ImageBuffer> Of(ImageBuffer sample, ImageBuffer picture)
    {
        var maps = new List<ImageBuffer> { Projection(sample, picture) };
        var centres = Means(sample, Clusters, out var shares);
        foreach (var (share, index) in shares.Select((share, index) => (share, index)).OrderByDescending(s => s.share))
        {
            if (share is > 0.02 and < 0.6)
                maps.Add(Membership(picture, centres, index));
        }

        return maps;
    }

    private static ImageBuffer Projection(ImageBuffer sample, ImageBuffer picture)
    {
        var pixels = sample.Pixels;
        var ground = Commonest(pixels);
        var distances = new float[pixels.Length / 3];
        for (var i = 0; i < distances.Length; i++)
            distances[i] = Distance(pixels, i * 3, ground);
        var sorted = distances.Order().ToArray();
        var far = sorted[(int)(sorted.Length * 0.97)] * 0.75f;
        var (ink, count) = (new float[3], 0);
        for (var i = 0; i < distances.Length; i++)
        {
            if (distances[i] < far)
                continue;
            count++;
            for (var c = 0; c < 3; c++)
                ink[c] += pixels[(i * 3) + c];
        }

        for (var c = 0; c < 3; c++)
            ink[c] = (ink[c] / Math.Max(1, count)) - ground[c];
        var length = Math.Max(1, (ink[0] * ink[0]) + (ink[1] * ink[1]) + (ink[2] * ink[2]));
        var map = new ImageBuffer(picture.Width, picture.Height, 1);
        for (var i = 0; i < map.Pixels.Length; i++)
        {
            var dot = 0f;
            for (var c = 0; c < 3; c++)
                dot += (picture.Pixels[(i * 3) + c] - ground[c]) * ink[c];
            map.Pixels[i] = (byte)(255 * (1 - Math.Clamp(dot / length, 0, 1)));
        }

        return map;
    }

    private static ImageBuffer Membership(ImageBuffer picture, float[][] centres, int index)
    {
        var map = new ImageBuffer(picture.Width, picture.Height, 1);
        for (var i = 0; i < map.Pixels.Length; i++)
        {
            var own = Distance(picture.Pixels, i * 3, centres[index]);
            var other = float.MaxValue;
            for (var c = 0; c < centres.Length; c++)
            {
                if (c != index)
                    other = Math.Min(other, Distance(picture.Pixels, i * 3, centres[c]));
            }

            map.Pixels[i] = (byte)(255 * own / Math.Max(1e-3f, own + other));
        }

        return map;
    }

    private static float[][] Means(ImageBuffer picture, int count, out double[] shares)
    {
        var pixels = picture.Pixels;
        var points = pixels.Length / 3;
        var step = Math.Max(1, points / 4000);
        var centres = new List<float[]> { Commonest(pixels) };
        while (centres.Count < count)
        {
            var (best, at) = (-1f, 0);
            for (var i = 0; i < points; i += step)
            {
                var nearest = centres.Min(c => Distance(pixels, i * 3, c));
                if (nearest > best)
                    (best, at) = (nearest, i);
            }

            centres.Add([pixels[at * 3], pixels[(at * 3) + 1], pixels[(at * 3) + 2]]);
        }

        var members = new double[count];
        for (var round = 0; round < 8; round++)
        {
            var sums = new double[count, 3];
            Array.Clear(members);
            for (var i = 0; i < points; i += step)
            {
                var nearest = 0;
                for (var c = 1; c < count; c++)
                {
                    if (Distance(pixels, i * 3, centres[c]) < Distance(pixels, i * 3, centres[nearest]))
                        nearest = c;
                }

                members[nearest]++;
                for (var c = 0; c < 3; c++)
                    sums[nearest, c] += pixels[(i * 3) + c];
            }

            for (var c = 0; c < count; c++)
            {
                if (members[c] > 0)
                    centres[c] = [(float)(sums[c, 0] / members[c]), (float)(sums[c, 1] / members[c]), (float)(sums[c, 2] / members[c])];
            }
        }

        var total = members.Sum();
        shares = [.. members.Select(m => m / total)];
        return [.. centres];
    }

    private static float[] Commonest(byte[] pixels)
    {
        var counts = new int[4096];
        for (var i = 0; i < pixels.Length; i += 3)
            counts[Bin(pixels, i)]++;
        var best = Array.IndexOf(counts, counts.Max());
        var (sum, count) = (new float[3], 0);
        for (var i = 0; i < pixels.Length; i += 3)
        {
            if (Bin(pixels, i) != best)
                continue;
            count++;
            for (var c = 0; c < 3; c++)
                sum[c] += pixels[i + c];
        }

        return [sum[0] / count, sum[1] / count, sum[2] / count];

        static int Bin(byte[] pixels, int i) => ((pixels[i] >> 4) << 8) | ((pixels[i + 1] >> 4) << 4) | (pixels[i + 2] >> 4);
    }

    private static float Distance(byte[] pixels, int i, float[] color)
    {
        float r = pixels[i] - color[0], g = pixels[i + 1] - color[1], b = pixels[i + 2] - color[2];
        return MathF.Sqrt((r * r) + (g * g) + (b * b));
    }
}
