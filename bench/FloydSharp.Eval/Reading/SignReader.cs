using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reading;

/// <summary>Reads the text of pictures, without knowing what it should be.</summary>
internal static class SignReader
{
    private const int Side = 384;

    /// <summary>Reads pictures.</summary>
    /// <param name="pictures">Square, RGB, each with places that may hold the letters: left, top, right, bottom in units of the side.</param>
    /// <returns>The texts, empty where nothing was read.</returns>
    public static IReadOnlyList<string> Read(IReadOnlyList<(ImageBuffer Picture, IReadOnlyList<(float Left, float Top, float Right, float Bottom)> Places)> pictures)
    {
        var attempts = new List<(int Picture, int Attempt, LetterLine Line)>();
        var gate = new Lock();
        Parallel.For(0, pictures.Count, i =>
        {
            var picture = Resampler.Resize(pictures[i].Picture, Side, Side, ResampleFilter.Bicubic);
            var attempt = 0;
            foreach (var place in pictures[i].Places)
            {
                foreach (var map in InkMaps.Of(Crop(picture, place), Crop(picture, Grown(place))))
                {
                    foreach (var strictness in (ReadOnlySpan<double>)[1, 0.55])
                    {
                        var (number, lines) = (attempt++, LetterFinder.Find(map, strictness));
                        lock (gate)
                            attempts.AddRange(lines.Select(line => (i, number, line)));
                    }
                }
            }
        });
        attempts.Sort((a, b) => (a.Picture, a.Attempt, a.Line.Top).CompareTo((b.Picture, b.Attempt, b.Line.Top)));
        var images = attempts.Select(a => a.Line.Picture).ToList();
        var soft = images.Select(Soften).ToList();
        var readings = pictures.Select(_ => new Dictionary<string, Reading>()).ToArray();
        foreach (var (mode, lines) in ((int, List<ImageBuffer>)[])[(7, images), (8, images), (7, soft), (10, images)])
        {
            var read = Tesseract.Read(lines, mode);
            foreach (var group in Enumerable.Range(0, attempts.Count).GroupBy(k => (attempts[k].Picture, attempts[k].Attempt)))
            {
                var text = string.Join(' ', group.Select(k => read[k].Text));
                var folded = TextScore.Fold(text);
                if (folded.Length == 0)
                    continue;
                var score = group.Average(k => Score(read[k], attempts[k].Line));
                var known = readings[group.Key.Picture];
                var before = known.GetValueOrDefault(folded) ?? new(text, double.MinValue, 0);
                known[folded] = new(score > before.Score ? text : before.Text, Math.Max(score, before.Score), before.Times + 1);
            }
        }

        // The most certain reading, or a less certain one that came often.
        return [.. readings.Select(r => r.Count == 0 ? "" : r.Values.MaxBy(v => v.Score + (8 * Math.Log2(v.Times)))!.Text)];
    }

    // A reading that takes several patches for one letter, or one for several, is doubtful; many letters are seldom an accident.
    private static double Score((string Text, double Certainty) read, LetterLine line)
    {
        var letters = read.Text.Length;
        return read.Certainty - (60.0 * Math.Abs(letters - line.Letters) / Math.Max(1, line.Letters)) + (5 * Math.Min(letters, 8));
    }

    // Letters of dots read better when the dots' corners are gone.
    private static ImageBuffer Soften(ImageBuffer line) =>
        Resampler.Resize(Resampler.Resize(line, Math.Max(4, line.Width / 4), line.Height / 4, ResampleFilter.Bilinear), line.Width * 3 / 4, line.Height * 3 / 4, ResampleFilter.Bicubic);

    // Letters that the place cuts are whole again.
    private static (float Left, float Top, float Right, float Bottom) Grown((float Left, float Top, float Right, float Bottom) place) =>
        (place.Left - 0.1f, place.Top - 0.07f, place.Right + 0.1f, place.Bottom + 0.07f);

    private static ImageBuffer Crop(ImageBuffer picture, (float Left, float Top, float Right, float Bottom) place)
    {
        var left = Math.Clamp((int)(place.Left * picture.Width), 0, picture.Width - 16);
        var top = Math.Clamp((int)(place.Top * picture.Height), 0, picture.Height - 16);
        var right = Math.Clamp((int)Math.Ceiling(place.Right * picture.Width), left + 16, picture.Width);
        var bottom = Math.Clamp((int)Math.Ceiling(place.Bottom * picture.Height), top + 16, picture.Height);
        return picture.Crop(left, top, right - left, bottom - top);
    }

    private sealed record Reading(string Text, double Score, int Times);
}
