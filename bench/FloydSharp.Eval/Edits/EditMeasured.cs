namespace FloydSharp.Eval.Edits;

/// <summary>What was measured on one edit.</summary>
/// <param name="Id">The case.</param>
/// <param name="Prompt">The words.</param>
/// <param name="Text">Inpainting: the text asked for.</param>
/// <param name="Read">Inpainting: what was read.</param>
/// <param name="Changed">Inpainting: the largest change of a pixel outside the mask, 0 to 255.</param>
/// <param name="Style">Variation: whether the style is the one asked for.</param>
/// <param name="Layout">Variation: the mean overlap of the things with those before (intersection over union of their squares, 0 for things that are gone).</param>
/// <param name="Backdrop">Variation: whether the backdrop is the one before.</param>
internal sealed record EditMeasured(int Id, string Prompt, string? Text, string? Read, int? Changed, bool? Style, double? Layout, bool? Backdrop)
{
    /// <summary>Overlap from which on a layout counts as kept.</summary>
    public const double Kept = 0.5;
}
