using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;

namespace FloydSharp.Cascade;

/// <summary>The sizes of stages I and II, in pixels. Stage II enlarges by the ratio of the two sample sizes (4).</summary>
internal sealed record StageSizes((int Width, int Height) Stage1, (int Width, int Height) Stage2)
{
    /// <summary>Works out the sizes and checks them before anything is loaded.</summary>
    public static StageSizes Of(IFOptions options, IFComponents stage1, IFComponents? stage2)
    {
        var small = (Width: options.Width ?? stage1.SampleSize, Height: options.Height ?? stage1.SampleSize);
        DiffusionOptions.CheckSize("The size of stage I", small.Width, small.Height, stage1.SizeMultiple);
        if (stage2 is null)
            return new(small, (0, 0));

        var factor = stage2.SampleSize / stage1.SampleSize;
        var large = (Width: small.Width * factor, Height: small.Height * factor);
        DiffusionOptions.CheckSize("The size of stage II", large.Width, large.Height, stage2.SizeMultiple);
        return new(small, large);
    }
}
