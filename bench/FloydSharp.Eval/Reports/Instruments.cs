using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Reading;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reports;

/// <summary>Runs all measures on samples.</summary>
internal static class Instruments
{
    private const int Readable = 256;

    /// <summary>Measures samples; texts are read on all pictures of 256 pixels and more, or on enlarged ones where there are none.</summary>
    public static IReadOnlyList<Measured> Measure(IReadOnlyList<Sample> samples, SceneAnalyser analyser)
    {
        var seen = analyser.Look([.. samples.Select(Looked)]);
        var written = Enumerable.Range(0, samples.Count).Where(i => samples[i].Prompt.Asked.Text is not null).ToArray();
        var readings = samples.Select(_ => new SortedDictionary<int, string>()).ToArray();
        foreach (var side in samples.SelectMany(s => s.Pictures).Select(p => p.Width).Distinct().Order())
        {
            var chosen = written.Where(i => samples[i].Pictures.Any(p => p.Width == side) && (side >= Readable || samples[i].Pictures.All(p => p.Width <= side))).ToArray();
            var texts = SignReader.Read([.. chosen.Select(i => (Enlarged(samples[i].Pictures.First(p => p.Width == side)), Places(seen[i])))]);
            for (var k = 0; k < chosen.Length; k++)
                readings[chosen[k]][side] = texts[k];
        }

        return [.. samples.Select((s, i) => new Measured(
            s.Prompt.Id, s.Prompt.Group, s.Prompt.Prompt, s.Seed, s.Prompt.Asked.Text, readings[i], Judge.Of(s.Prompt.Asked, seen[i]),
            [.. s.Pictures.Zip(s.Pictures.Skip(1), (small, large) => Faithfulness.Of(large, small))]))];
    }

    private static ImageBuffer Enlarged(ImageBuffer picture) =>
        picture.Width >= Readable ? picture : Resampler.Resize(picture, Readable, Readable, ResampleFilter.Bicubic);

    // Where the analyser sees letters, with some room, and the whole picture in case it errs.
    private static (float Left, float Top, float Right, float Bottom)[] Places(SeenScene seen)
    {
        var (left, top, right, bottom) = seen.TextArea;
        return right - left > 0.1f && bottom - top > 0.05f
            ? [(left - 0.01f, top - 0.02f, right + 0.01f, bottom + 0.02f), (0, 0, 1, 1)]
            : [(0, 0, 1, 1)];
    }

    private static ImageBuffer Looked(Sample sample) =>
        sample.Pictures.FirstOrDefault(p => p.Width == 256) ?? sample.Pictures[^1];
}
