using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;

namespace FloydSharp.Cascade;

/// <summary>
/// The sizes of the pictures that stages I and II make, in pixels; a picture that is enlarged takes the place of the one before
/// the first stage that runs. Stage II enlarges by the ratio of the two sample sizes (4).
/// </summary>
internal sealed record StageSizes((int Width, int Height) Stage1, (int Width, int Height) Stage2)
{
    // IF's, taken where there is no stage I to tell.
    private const int UsualFactor = 4;

    // Beyond this ratio the models make nothing sensible; longer pictures are padded to it.
    private const int MaxAspect = 4;

    /// <summary>Works out the sizes and checks them before anything is loaded. Stages that do not run may be null.</summary>
    public static StageSizes Of(CascadeRequest request, IFComponents? stage1, IFComponents? stage2, UpscaleComponents? stage3) => request.Start switch
    {
        _ when request.Candidates is { } candidates => OfCandidate(candidates.Images[request.CandidatePlace].shape, stage1, stage2),
        CascadeStart.Enlargement { FirstStage: 2 } start => OfStage2(start, stage1, stage2!, stage3),
        CascadeStart.Enlargement start => OfStage3(start, stage3!),
        var start => OfStage1(start?.Region, request.Stage1, stage1!, stage2, stage3),
    };

    private static StageSizes OfStage1(PictureWindow? region, IFOptions options, IFComponents stage1, IFComponents? stage2, UpscaleComponents? stage3)
    {
        var usual = region is not { } part
            ? (Width: stage1.SampleSize, Height: stage1.SampleSize)
            : PictureFit.ShorterSide(
                (int)Math.Min(part.Width, (long)part.Height * MaxAspect),
                (int)Math.Min(part.Height, (long)part.Width * MaxAspect),
                stage1.SampleSize,
                CascadeSizes.Of(stage1, stage2, stage3).Multiple);
        var small = (Width: options.Width ?? usual.Width, Height: options.Height ?? usual.Height);
        DiffusionOptions.CheckSize("The size of stage I", small.Width, small.Height, stage1.SizeMultiple);
        if (stage2 is null)
            return new(small, (0, 0));

        var large = Times(small, Factor(stage1, stage2));
        DiffusionOptions.CheckSize("The size of stage II", large.Width, large.Height, stage2.SizeMultiple);
        return new(small, large);
    }

    private static StageSizes OfStage2(CascadeStart.Enlargement start, IFComponents? stage1, IFComponents stage2, UpscaleComponents? stage3)
    {
        var factor = Factor(stage1, stage2);
        var multiple = CascadeSizes.Fit(1, factor, stage2.SizeMultiple);
        if (stage3 is not null)
            multiple = CascadeSizes.Fit(multiple, factor, CascadeSizes.MultipleOf(stage3));
        var small = Padded(start.Picture, multiple);
        var large = Times(small, factor);
        if (start.TileSide == 0)
            DiffusionOptions.CheckSize("The size of stage II", large.Width, large.Height, stage2.SizeMultiple);
        return new(small, large);
    }

    private static StageSizes OfStage3(CascadeStart.Enlargement start, UpscaleComponents stage3)
    {
        var multiple = CascadeSizes.MultipleOf(stage3);
        var small = Padded(start.Picture, multiple);
        var (width, height) = Times(small, stage3.VaeConfig.SpatialFactor);
        if (start.TileSide == 0)
            DiffusionOptions.CheckSize("The size of stage III", width, height, multiple);
        return new((0, 0), small);
    }

    private static StageSizes OfCandidate(long[] shape, IFComponents? stage1, IFComponents? stage2)
    {
        var small = ((int)shape[3], (int)shape[2]);
        if (stage2 is null)
            return new(small, (0, 0));
        var large = Times(small, Factor(stage1, stage2));
        DiffusionOptions.CheckSize("The size of stage II", large.Width, large.Height, stage2.SizeMultiple);
        return new(small, large);
    }

    private static (int Width, int Height) Padded(ImageBuffer picture, int multiple) => (Up(picture.Width, multiple), Up(picture.Height, multiple));

    private static int Up(int side, int multiple) => (side + multiple - 1) / multiple * multiple;

    private static int Factor(IFComponents? stage1, IFComponents stage2) =>
        stage1 is null ? UsualFactor : Math.Max(1, stage2.SampleSize / stage1.SampleSize);

    private static (int Width, int Height) Times((int Width, int Height) size, int factor) =>
        ((int)Math.Min((long)size.Width * factor, int.MaxValue), (int)Math.Min((long)size.Height * factor, int.MaxValue));
}
