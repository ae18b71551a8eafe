using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reports;

/// <summary>Whether a larger picture is still the smaller one.</summary>
internal static class Faithfulness
{
    /// <summary>Peak signal-to-noise ratio in dB of the large picture, averaged down, against the small one; 99 when they are equal.</summary>
    public static double Of(ImageBuffer large, ImageBuffer small)
    {
        var shrunk = Resampler.Resize(large, small.Width, small.Height, ResampleFilter.Box);
        var sum = 0.0;
        for (var i = 0; i < shrunk.Pixels.Length; i++)
        {
            var difference = shrunk.Pixels[i] - small.Pixels[i];
            sum += difference * difference;
        }

        var mean = sum / shrunk.Pixels.Length;
        return mean == 0 ? 99 : Math.Min(99, 10 * Math.Log10(255 * 255 / mean));
    }
}
