using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Reading;
using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Edits;

/// <summary>Measures edited pictures.</summary>
internal static class EditInstruments
{
    /// <summary>Measures pictures of cases.</summary>
    public static IReadOnlyList<EditMeasured> Measure(IReadOnlyList<(EditCase Case, ImageBuffer Picture)> edits, SceneAnalyser analyser)
    {
        var inpainted = edits.Where(e => e.Case.IsInpainting).ToArray();
        var read = SignReader.Read([.. inpainted.Select(e => (Sized(e.Picture), (IReadOnlyList<(float, float, float, float)>)[Area(e.Case), (0f, 0f, 1f, 1f)]))]);
        var varied = edits.Where(e => !e.Case.IsInpainting).ToArray();
        var seen = analyser.Look([.. varied.Select(e => e.Picture)]);
        return
        [
            .. inpainted.Zip(read, (e, text) => new EditMeasured(e.Case.Id, e.Case.Prompt, e.Case.After.Sign!.Text, text, ChangedOutside(e.Case, e.Picture), null, null, null)),
            .. varied.Zip(seen, (e, s) => new EditMeasured(
                e.Case.Id, e.Case.Prompt, null, null, null, s.Style == e.Case.After.Style, Overlap(e.Case.Before, s), s.Backdrop == e.Case.Before.Backdrop)),
        ];
    }

    /// <summary>The largest change of any channel outside the mask.</summary>
    public static int ChangedOutside(EditCase edit, ImageBuffer picture)
    {
        var before = Resampler.Resize(edit.Picture(), picture.Width, picture.Height, ResampleFilter.Box);
        var mask = edit.MaskPicture(picture.Width);
        var most = 0;
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            if (mask.Pixels[i / 3] == 0)
                most = Math.Max(most, Math.Abs(picture.Pixels[i] - before.Pixels[i]));
        }

        return most;
    }

    /// <summary>Mean over the things of a scene: how well the best thing of the same kind covers its place.</summary>
    public static double Overlap(Scene before, SeenScene seen) => before.Groups
        .SelectMany(g => g.Places.Select(p => seen.Things.Where(t => t.Kind == g.Kind).Select(t => Iou(p, t)).DefaultIfEmpty(0).Max()))
        .Average();

    private static double Iou(ScenePlace place, SeenThing thing)
    {
        var width = Shared(place.X, place.Size, thing.X, thing.Size);
        var height = Shared(place.Y, place.Size, thing.Y, thing.Size);
        var both = width * height;
        return both / ((place.Size * place.Size) + (thing.Size * thing.Size) - both);

        static double Shared(float a, float sizeA, float b, float sizeB) =>
            Math.Max(0, Math.Min(a + (sizeA / 2), b + (sizeB / 2)) - Math.Max(a - (sizeA / 2), b - (sizeB / 2)));
    }

    private static (float Left, float Top, float Right, float Bottom) Area(EditCase edit)
    {
        var (left, top, right, bottom) = edit.Mask!.Value;
        return (left / 64f, top / 64f, right / 64f, bottom / 64f);
    }

    private static ImageBuffer Sized(ImageBuffer picture) => picture.Width >= EditCase.Side
        ? picture
        : Resampler.Resize(picture, EditCase.Side, EditCase.Side, ResampleFilter.Bicubic);
}
