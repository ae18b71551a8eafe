using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reading;

/// <summary>Finds lines of letters in a map, knowing only how letters look: patches of like height in a row.</summary>
internal static class LetterFinder
{
    private const int CapitalHeight = 40;
    private const int Margin = 16;

    /// <summary>The lines from top to bottom, three at most; none when nothing looks like letters.</summary>
    /// <param name="map">Grey, letters dark.</param>
    /// <param name="strictness">Share of the usual threshold: below 1 the glow around neon letters is left out.</param>
    public static IReadOnlyList<LetterLine> Find(ImageBuffer map, double strictness = 1)
    {
        var threshold = (int)(Otsu(map.Pixels) * strictness);
        var labels = Label(map, threshold, out var all);
        var patches = all.Select((patch, id) => (Patch: patch, Id: id)).Where(p => LooksLikeLetter(p.Patch, map)).ToList();
        var lines = new List<List<(Patch Patch, int Id)>>();
        while (patches.Count > 0 && lines.Count < 3)
        {
            // The line of the patch that has most others beside it.
            var best = patches
                .Select(seed => patches.Where(p => Beside(seed.Patch, p.Patch)).ToList())
                .MaxBy(line => line.Sum(p => p.Patch.Height * (p.Patch.Width + (0.3 * p.Patch.Height))))!;
            if (lines.Count > 0 && !Below(lines[0], best))
                break;
            lines.Add(best);
            patches.RemoveAll(p => best.Any(b => b.Patch.Top < p.Patch.Bottom && p.Patch.Top < b.Patch.Bottom) || best.Contains(p));
        }

        return [.. lines.OrderBy(line => line.Min(p => p.Patch.Top)).Select(line => Cut(map, labels, all, line, threshold))];
    }

    private static bool LooksLikeLetter(Patch patch, ImageBuffer map)
    {
        var inside = patch.Left > 0 && patch.Top > 0 && patch.Right < map.Width && patch.Bottom < map.Height;
        return inside && patch.Height >= 0.08 * map.Height && patch.Height >= 7 && patch.Width < 1.9 * patch.Height && patch.Width < 0.75 * map.Width
            && patch.Area > 0.12 * patch.Width * patch.Height;
    }

    // Capitals hang from one line; the tails of Q and J reach below the others.
    private static bool Beside(Patch seed, Patch other) =>
        Math.Abs(seed.Top - other.Top) < 0.2 * seed.Height && other.Height > 0.72 * seed.Height && other.Height < 1.5 * seed.Height;

    // Lines of one text are of one height and near each other.
    private static bool Below(List<(Patch Patch, int Id)> line, List<(Patch Patch, int Id)> other)
    {
        var (height, otherHeight) = (line.Average(p => p.Patch.Height), other.Average(p => p.Patch.Height));
        var gap = Math.Max(other.Min(p => p.Patch.Top) - line.Max(p => p.Patch.Bottom), line.Min(p => p.Patch.Top) - other.Max(p => p.Patch.Bottom));
        return otherHeight > 0.8 * height && otherHeight < 1.25 * height && gap < 0.9 * height;
    }

    private static LetterLine Cut(ImageBuffer map, int[] labels, IReadOnlyList<Patch> all, List<(Patch Patch, int Id)> line, int threshold)
    {
        var (left, right) = (line.Min(p => p.Patch.Left), line.Max(p => p.Patch.Right));
        var (top, bottom) = (line.Min(p => p.Patch.Top), line.Max(p => p.Patch.Bottom));

        // Broken strokes between the letters belong to them; frames and specks outside do not.
        var keep = new bool[all.Count];
        for (var id = 0; id < all.Count; id++)
            keep[id] = all[id].Left >= left - 2 && all[id].Right <= right + 2 && all[id].Top >= top - 2 && all[id].Bottom <= bottom + 2;
        const int edge = 2;
        var clean = new ImageBuffer(right - left + (2 * edge), bottom - top + (2 * edge), 1);
        var dark = (byte)Math.Max(0, threshold - 1);
        for (var y = 0; y < clean.Height; y++)
        {
            for (var x = 0; x < clean.Width; x++)
            {
                var (sx, sy) = (x + left - edge, y + top - edge);
                var inside = sx >= 0 && sy >= 0 && sx < map.Width && sy < map.Height;
                var label = inside ? labels[(sy * map.Width) + sx] : -1;
                var value = inside ? map.Pixels[(sy * map.Width) + sx] : 255;
                clean.Pixels[(y * clean.Width) + x] = (byte)(label >= 0 && keep[label] ? Math.Min(value, dark) : Math.Max(value, threshold));
            }
        }

        Stretch(clean, threshold);
        var scale = CapitalHeight / (float)(bottom - top);
        var sized = Resampler.Resize(clean, Math.Max(8, (int)(clean.Width * scale)), Math.Max(8, (int)(clean.Height * scale)), ResampleFilter.Bicubic);
        var result = new ImageBuffer(sized.Width + (2 * Margin), sized.Height + (2 * Margin), 1);
        result.Pixels.AsSpan().Fill(255);
        for (var y = 0; y < sized.Height; y++)
            sized.Row(y).CopyTo(result.Row(y + Margin)[Margin..]);
        return new(result, line.Count, top / (float)map.Height);
    }

    // Steep about the threshold, so that anti-aliased edges stay and shades do not.
    private static void Stretch(ImageBuffer image, int threshold)
    {
        foreach (ref var pixel in image.Pixels.AsSpan())
            pixel = (byte)Math.Clamp(((pixel - threshold) * 3) + 128, 0, 255);
    }

    private static int[] Label(ImageBuffer map, int threshold, out List<Patch> patches)
    {
        var labels = new int[map.Pixels.Length];
        Array.Fill(labels, -1);
        patches = [];
        var stack = new Stack<int>();
        for (var start = 0; start < labels.Length; start++)
        {
            if (labels[start] >= 0 || map.Pixels[start] >= threshold)
                continue;
            var (left, top, right, bottom, area) = (int.MaxValue, int.MaxValue, 0, 0, 0);
            labels[start] = patches.Count;
            stack.Push(start);
            while (stack.TryPop(out var at))
            {
                var (x, y) = (at % map.Width, at / map.Width);
                (left, right, top, bottom, area) = (Math.Min(left, x), Math.Max(right, x + 1), Math.Min(top, y), Math.Max(bottom, y + 1), area + 1);
                for (var dy = -1; dy <= 1; dy++)
                {
                    for (var dx = -1; dx <= 1; dx++)
                    {
                        var (nx, ny) = (x + dx, y + dy);
                        if (nx < 0 || ny < 0 || nx >= map.Width || ny >= map.Height)
                            continue;
                        var next = (ny * map.Width) + nx;
                        if (labels[next] >= 0 || map.Pixels[next] >= threshold)
                            continue;
                        labels[next] = patches.Count;
                        stack.Push(next);
                    }
                }
            }

            patches.Add(new(left, top, right, bottom, area));
        }

        return labels;
    }

    private static int Otsu(byte[] pixels)
    {
        var counts = new double[256];
        foreach (var pixel in pixels)
            counts[pixel]++;
        var total = Enumerable.Range(0, 256).Sum(v => v * counts[v]);
        var (weight, sum, best, threshold) = (0.0, 0.0, -1.0, 128);
        for (var v = 0; v < 255; v++)
        {
            weight += counts[v];
            sum += v * counts[v];
            if (weight == 0 || weight == pixels.Length)
                continue;
            var difference = (sum / weight) - ((total - sum) / (pixels.Length - weight));
            var between = weight * (pixels.Length - weight) * difference * difference;
            if (between > best)
                (best, threshold) = (between, v + 1);
        }

        return Math.Clamp(threshold, 60, 200);
    }
}
