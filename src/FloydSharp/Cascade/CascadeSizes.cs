using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;

namespace FloydSharp.Cascade;

/// <summary>Which sizes the stages of a cascade can make together.</summary>
/// <param name="Sample">The side of the square that stage I was trained on, in its pixels.</param>
/// <param name="Multiple">Both sides of stage I's picture must be multiples of this for all stages to take it.</param>
/// <param name="Scale">How many times larger the last stage's picture is than stage I's.</param>
public sealed record CascadeSizes(int Sample, int Multiple, int Scale)
{
    internal static CascadeSizes Of(IFComponents stage1, IFComponents? stage2, UpscaleComponents? stage3)
    {
        var (multiple, scale) = (stage1.SizeMultiple, 1);
        if (stage2 is not null)
        {
            scale = Math.Max(1, stage2.SampleSize / stage1.SampleSize);
            multiple = Fit(multiple, scale, stage2.SizeMultiple);
        }

        if (stage3 is not null)
        {
            multiple = Fit(multiple, scale, MultipleOf(stage3));
            scale *= stage3.VaeConfig.SpatialFactor;
        }

        return new(stage1.SampleSize, multiple, scale);
    }

    /// <summary>What the sides of stage III's small picture must be multiples of.</summary>
    internal static int MultipleOf(UpscaleComponents stage3) => 1 << (stage3.UNetConfig.BlockOutChannels.Count - 1);

    /// <summary>The smallest multiple whose enlargement a later stage takes too.</summary>
    internal static int Fit(int multiple, int scale, int required)
    {
        var result = multiple;
        while ((long)result * scale % required != 0)
            result += multiple;
        return result;
    }
}
