using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;

namespace FloydSharp.Cascade;

/// <summary>The picture that a cascade starts from instead of noise alone.</summary>
public abstract record CascadeStart
{
    private CascadeStart(ImageBuffer picture) => Picture = picture;

    /// <summary>The picture, of any size. Left as it is.</summary>
    public ImageBuffer Picture { get; init; }

    /// <summary>What the picture is called, such as its file's name, for those who want to make the result again; null for nothing.</summary>
    public string? Name { get; init; }

    /// <summary>What the stages see where the picture is transparent.</summary>
    public RgbColour Background { get; init; } = RgbColour.White;

    /// <summary>The part of the picture that the stages see, before it is fitted to their shapes.</summary>
    internal virtual PictureWindow Region => PictureWindow.Whole(Picture);

    /// <summary>How the region is fitted.</summary>
    internal virtual PictureFitMode FitMode => PictureFitMode.Fit;

    /// <summary>Whether the result is transparent where the picture is.</summary>
    internal virtual bool RestoresAlpha => false;

    /// <summary>What pictures say about how they were made.</summary>
    internal abstract string Kind { get; }

    /// <summary>The first stage that runs.</summary>
    internal virtual int FirstStage => 1;

    /// <summary>The strength of a stage; null where it starts from noise.</summary>
    internal virtual double? StrengthOf(int stage) => null;

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">A value is out of range, or a mask has another shape than its picture.</exception>
    internal virtual void Validate()
    {
        foreach (var stage in new[] { 1, 2 })
        {
            if (StrengthOf(stage) is { } strength)
                PictureStartOptions.CheckStrength(strength);
        }
    }

    /// <summary>
    /// Image variation: stages I and II start from the noised picture. The last stage's result is brought back to the picture's
    /// shape.
    /// </summary>
    public sealed record Variation : CascadeStart
    {
        private const double MaxScale = 64;

        /// <summary>Starts from a picture, with the reference's strengths (0.7 and 0.8).</summary>
        public Variation(ImageBuffer picture)
            : base(picture)
        {
        }

        /// <summary>How much stage I may change, above 0 to 1.</summary>
        public double Stage1Strength { get; init; } = new IFImg2ImgOptions().Strength;

        /// <summary>How much stage II may change, above 0 to 1.</summary>
        public double Stage2Strength { get; init; } = new IFImg2ImgSuperResolutionOptions().Strength;

        /// <summary>How the picture comes to a shape that the stages can do.</summary>
        public PictureFitMode Fit { get; init; }

        /// <summary>The result's size, as a factor of the picture's; null keeps what the last stage makes, in the picture's shape.</summary>
        public double? Scale { get; init; }

        /// <summary>Whether the result is transparent where the picture is; otherwise it shows the background there.</summary>
        public bool KeepAlpha { get; init; } = true;

        internal override string Kind => "variation";

        internal override PictureFitMode FitMode => Fit;

        internal override bool RestoresAlpha => KeepAlpha;

        internal override double? StrengthOf(int stage) => stage switch { 1 => Stage1Strength, 2 => Stage2Strength, _ => null };

        internal override void Validate()
        {
            base.Validate();
            if (Scale is <= 0 or > MaxScale or double.NaN)
                throw new FloydException($"The scale of the result is {Scale}; it must lie above 0 and be at most {MaxScale}.");
        }
    }

    /// <summary>
    /// Inpainting: stages I and II repaint what a mask marks, and the last stage's result is pasted into the picture at the
    /// picture's own size. Outside the mask nothing changes; what is repainted is opaque.
    /// </summary>
    public sealed record Inpainting : CascadeStart
    {
        private const int LeastMargin = 16;

        /// <summary>Starts from a picture and a mask, with the reference's strengths (1 and 0.8).</summary>
        public Inpainting(ImageBuffer picture, ImageBuffer mask)
            : base(picture) => Mask = mask;

        /// <summary>White is repainted, black stays, divided at one half; any size of the picture's shape. Colours become grey. Left as it is.</summary>
        public ImageBuffer Mask { get; init; }

        /// <summary>What the mask is called; null for nothing.</summary>
        public string? MaskName { get; init; }

        /// <summary>How much stage I may change under the mask, above 0 to 1.</summary>
        public double Stage1Strength { get; init; } = new IFInpaintingOptions().Strength;

        /// <summary>How much stage II may change under the mask, above 0 to 1.</summary>
        public double Stage2Strength { get; init; } = new IFInpaintingSuperResolutionOptions().Strength;

        /// <summary>How the picture comes to a shape that the stages can do.</summary>
        public PictureFitMode Fit { get; init; }

        /// <summary>
        /// Width of the edge inside the mask where the picture fades into what was painted, in the picture's pixels, 0 to 4096;
        /// null takes one pixel of stage I's picture, and less where the mask is narrow.
        /// </summary>
        public int? Feather { get; init; }

        /// <summary>Whether the stages see only the surroundings of what is marked, at a higher resolution, instead of the whole picture.</summary>
        public bool OnlyMasked { get; init; }

        /// <summary>
        /// With <see cref="OnlyMasked"/>, what the stages see on each side of what is marked, in the picture's pixels, 0 or more;
        /// null takes a quarter of the marked part's longer side, at least 16.
        /// </summary>
        public int? Margin { get; init; }

        internal override string Kind => "inpainting";

        internal override PictureFitMode FitMode => Fit;

        internal override PictureWindow Region
        {
            get
            {
                if (!OnlyMasked || PictureWindow.Marked(SharpMask()) is not { } marked)
                    return base.Region;
                return marked.Grow(Margin ?? Math.Max(LeastMargin, Math.Max(marked.Width, marked.Height) / 4), Picture.Width, Picture.Height);
            }
        }

        /// <summary>The mask in black and white at the picture's size.</summary>
        internal ImageBuffer SharpMask() => MaskEdge.Sharpen(Mask, Picture.Width, Picture.Height);

        internal override double? StrengthOf(int stage) => stage switch { 1 => Stage1Strength, 2 => Stage2Strength, _ => null };

        internal override void Validate()
        {
            base.Validate();
            var height = (double)Mask.Width * Picture.Height / Picture.Width;
            if (Math.Abs(height - Mask.Height) > Math.Max(1, height / 100))
                throw new FloydException($"The mask is {Mask.Width}x{Mask.Height} and the picture {Picture.Width}x{Picture.Height}; a mask must have its picture's shape.");
            if (Feather is < 0 or > MaskEdge.MaxFeather)
                throw new FloydException($"The feathered edge is {Feather} pixels wide; it must lie between 0 and {MaskEdge.MaxFeather}.");
            if (Margin < 0)
                throw new FloydException($"The margin is {Margin}; it must be 0 or more.");
        }
    }

    /// <summary>
    /// Super resolution alone: the picture stands for the result of the stage before the first one that runs. Where a stage needs
    /// sides that are multiples, mirrored edges are added and cut off from the result, which is exactly <see cref="Scale"/> times
    /// the picture.
    /// </summary>
    public sealed record Enlargement : CascadeStart
    {
        private readonly int _first;

        /// <summary>Starts stage II or III with a picture.</summary>
        /// <param name="picture">The small picture.</param>
        /// <param name="firstStage">2 or 3.</param>
        public Enlargement(ImageBuffer picture, int firstStage)
            : base(picture) => _first = firstStage;

        /// <summary>The result's size, as a factor of the picture's; null for what the stages make of it (4 or 16), which is the most.</summary>
        public int? Scale { get; init; }

        /// <summary>
        /// Side of the overlapping tiles that a large picture is enlarged in, in pixels of each stage's small picture; 0 enlarges
        /// it whole, whatever memory that takes. Null takes the size that the stages were made for (64 and 256) for pictures that
        /// are more than half as large again. Noise then comes from the seed, stage by stage.
        /// </summary>
        public int? TileSide { get; init; }

        /// <summary>Whether the result is transparent where the picture is; otherwise it shows the background there.</summary>
        public bool KeepAlpha { get; init; } = true;

        internal override string Kind => "enlargement";

        internal override int FirstStage => _first;

        internal override bool RestoresAlpha => KeepAlpha;

        internal override void Validate()
        {
            if (_first is not (2 or 3))
                throw new FloydException($"Pictures are enlarged by stage 2 or 3, and the first stage is {_first}; give one of the two.");
            if (Scale < 1)
                throw new FloydException($"The scale of the result is {Scale}; it must be at least 1.");
            if (TileSide is < 0 or > 0 and < StageTiles.LeastSide)
                throw new FloydException($"The tiles' side is {TileSide}; it must be at least {StageTiles.LeastSide}, or 0 for none.");
        }
    }
}
