using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;

namespace FloydSharp.Cascade;

/// <summary>The picture that a cascade starts from instead of noise alone.</summary>
public abstract record CascadeStart
{
    private CascadeStart(ImageBuffer picture) => Picture = picture;

    /// <summary>The picture, of any size; alpha is dropped. Left as it is.</summary>
    public ImageBuffer Picture { get; init; }

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
    /// Image variation: stages I and II start from the noised picture. Where its shape is not one that the stages can do, its
    /// edges are cut off.
    /// </summary>
    public sealed record Variation : CascadeStart
    {
        /// <summary>Starts from a picture, with the reference's strengths (0.7 and 0.8).</summary>
        public Variation(ImageBuffer picture)
            : base(picture)
        {
        }

        /// <summary>How much stage I may change, above 0 to 1.</summary>
        public double Stage1Strength { get; init; } = new IFImg2ImgOptions().Strength;

        /// <summary>How much stage II may change, above 0 to 1.</summary>
        public double Stage2Strength { get; init; } = new IFImg2ImgSuperResolutionOptions().Strength;

        internal override string Kind => "variation";

        internal override double? StrengthOf(int stage) => stage switch { 1 => Stage1Strength, 2 => Stage2Strength, _ => null };
    }

    /// <summary>Inpainting: stages I and II repaint what a mask marks. Edges are cut off as for <see cref="Variation"/>.</summary>
    public sealed record Inpainting : CascadeStart
    {
        /// <summary>Starts from a picture and a mask, with the reference's strengths (1 and 0.8).</summary>
        public Inpainting(ImageBuffer picture, ImageBuffer mask)
            : base(picture) => Mask = mask;

        /// <summary>White is repainted, black stays; any size of the picture's shape. Colours become grey. Left as it is.</summary>
        public ImageBuffer Mask { get; init; }

        /// <summary>How much stage I may change under the mask, above 0 to 1.</summary>
        public double Stage1Strength { get; init; } = new IFInpaintingOptions().Strength;

        /// <summary>How much stage II may change under the mask, above 0 to 1.</summary>
        public double Stage2Strength { get; init; } = new IFInpaintingSuperResolutionOptions().Strength;

        internal override string Kind => "inpainting";

        internal override double? StrengthOf(int stage) => stage switch { 1 => Stage1Strength, 2 => Stage2Strength, _ => null };

        internal override void Validate()
        {
            base.Validate();
            var height = (double)Mask.Width * Picture.Height / Picture.Width;
            if (Math.Abs(height - Mask.Height) > Math.Max(1, height / 100))
                throw new FloydException($"The mask is {Mask.Width}x{Mask.Height} and the picture {Picture.Width}x{Picture.Height}; a mask must have its picture's shape.");
        }
    }

    /// <summary>
    /// Super resolution alone: the picture stands for the result of the stage before the first one that runs. A few pixels at
    /// its edges are cut off where a stage needs sides that are multiples.
    /// </summary>
    public sealed record Enlargement : CascadeStart
    {
        private readonly int _first;

        /// <summary>Starts stage II or III with a picture.</summary>
        /// <param name="picture">The small picture.</param>
        /// <param name="firstStage">2 or 3.</param>
        public Enlargement(ImageBuffer picture, int firstStage)
            : base(picture) => _first = firstStage;

        internal override string Kind => "enlargement";

        internal override int FirstStage => _first;

        internal override void Validate()
        {
            if (_first is not (2 or 3))
                throw new FloydException($"Pictures are enlarged by stage 2 or 3, and the first stage is {_first}; give one of the two.");
        }
    }
}
