using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cascade.Records;

/// <summary>A <see cref="CascadeStart"/> without its pictures.</summary>
public sealed record StartRecord
{
    /// <summary>variation, inpainting or enlargement.</summary>
    public required string Kind { get; init; }

    /// <summary>The picture.</summary>
    public required PictureIdentity Picture { get; init; }

    /// <summary>The mask of an inpainting; null elsewhere.</summary>
    public PictureIdentity? Mask { get; init; }

    /// <summary>The strength of stage I; null for an enlargement.</summary>
    public double? Stage1Strength { get; init; }

    /// <summary>The strength of stage II; null for an enlargement.</summary>
    public double? Stage2Strength { get; init; }

    /// <summary>What the stages saw where the picture is transparent.</summary>
    public required RgbColour Background { get; init; }

    /// <summary>How the picture was fitted; null for an enlargement.</summary>
    public PictureFitMode? Fit { get; init; }

    /// <summary>The result's size as a factor of the picture's; null for the stages' own.</summary>
    public double? Scale { get; init; }

    /// <summary>Whether the result is transparent where the picture is; null for an inpainting.</summary>
    public bool? KeepAlpha { get; init; }

    /// <summary>The feathered edge of an inpainting, in pixels; null for the usual.</summary>
    public int? Feather { get; init; }

    /// <summary>Whether the stages of an inpainting saw only the mask's surroundings; null elsewhere.</summary>
    public bool? OnlyMasked { get; init; }

    /// <summary>How much of the surroundings, in pixels; null for the usual.</summary>
    public int? Margin { get; init; }

    /// <summary>The side of an enlargement's tiles; 0 for none, null for the stages' own.</summary>
    public int? TileSide { get; init; }

    /// <summary>The first stage of an enlargement; null elsewhere.</summary>
    public int? FirstStage { get; init; }

    internal static StartRecord? Of(CascadeStart? start)
    {
        if (start is null)
            return null;
        var record = new StartRecord
        {
            Kind = start.Kind,
            Picture = PictureIdentity.Of(start.Picture, start.Name),
            Background = start.Background,
            Stage1Strength = start.StrengthOf(1),
            Stage2Strength = start.StrengthOf(2),
        };
        return start switch
        {
            CascadeStart.Variation s => record with { Fit = s.Fit, Scale = s.Scale, KeepAlpha = s.KeepAlpha },
            CascadeStart.Inpainting s => record with
            {
                Mask = PictureIdentity.Of(s.Mask, s.MaskName),
                Fit = s.Fit,
                Feather = s.Feather,
                OnlyMasked = s.OnlyMasked,
                Margin = s.Margin,
            },
            CascadeStart.Enlargement s => record with { FirstStage = s.FirstStage, Scale = s.Scale, TileSide = s.TileSide, KeepAlpha = s.KeepAlpha },
            _ => record,
        };
    }

    /// <summary>The start with its pictures given back.</summary>
    internal CascadeStart ToStart(ImageBuffer? picture, ImageBuffer? mask)
    {
        var given = Require(Picture, picture, "picture");
        return Kind switch
        {
            "variation" when Fit is { } fit && KeepAlpha is { } keep => new CascadeStart.Variation(given)
            {
                Name = Picture.Name,
                Background = Background,
                Stage1Strength = Strength(Stage1Strength),
                Stage2Strength = Strength(Stage2Strength),
                Fit = fit,
                Scale = Scale,
                KeepAlpha = keep,
            },
            "inpainting" when Mask is not null && Fit is { } fit && OnlyMasked is { } only => new CascadeStart.Inpainting(given, Require(Mask, mask, "mask"))
            {
                Name = Picture.Name,
                Background = Background,
                MaskName = Mask.Name,
                Stage1Strength = Strength(Stage1Strength),
                Stage2Strength = Strength(Stage2Strength),
                Fit = fit,
                Feather = Feather,
                OnlyMasked = only,
                Margin = Margin,
            },
            "enlargement" when FirstStage is { } first && KeepAlpha is { } keep && Scale is null or (>= 1 and <= int.MaxValue) => new CascadeStart.Enlargement(given, first)
            {
                Name = Picture.Name,
                Background = Background,
                Scale = (int?)Scale,
                TileSide = TileSide,
                KeepAlpha = keep,
            },
            _ => throw new FloydException($"A record of a run starts with \"{PrintableText.Of(Kind)}\", which is incomplete or not known here; expected variation, inpainting or enlargement."),
        };
    }

    // 0 is no strength, and fails the check that every request passes.
    private static double Strength(double? value) => value ?? 0;

    private static ImageBuffer Require(PictureIdentity identity, ImageBuffer? given, string what)
    {
        if (given is null)
            throw new FloydException($"The run began with a {what} ({PrintableText.Of(identity.Name ?? "without a name")}, {identity.Width}x{identity.Height}) that is not given; give it again.");
        return identity.IsOf(given)
            ? given
            : throw new FloydException($"The {what} that is given ({given}) is not the one that the run began with ({PrintableText.Of(identity.Name ?? "without a name")}, {identity.Width}x{identity.Height}): its pixels differ.");
    }
}
