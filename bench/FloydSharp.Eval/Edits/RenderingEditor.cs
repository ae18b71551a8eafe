using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Edits;

/// <summary>Draws what is asked for: shows what the measures can see at best.</summary>
internal sealed class RenderingEditor : IPictureEditor
{
    /// <inheritdoc/>
    public IReadOnlyList<ImageBuffer> Edit(IReadOnlyList<EditCase> cases)
    {
        var results = new ImageBuffer[cases.Count];
        Parallel.For(0, results.Length, i =>
        {
            var after = SceneRenderer.Render(cases[i].After, EditCase.Side);
            results[i] = cases[i].IsInpainting ? Pasted(cases[i].Picture(), after, cases[i].MaskPicture(EditCase.Side)) : after;
        });
        return results;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static ImageBuffer Pasted(ImageBuffer picture, ImageBuffer painted, ImageBuffer mask)
    {
        for (var i = 0; i < mask.Pixels.Length; i++)
        {
            if (mask.Pixels[i] != 0)
                painted.Pixels.AsSpan(i * 3, 3).CopyTo(picture.Pixels.AsSpan(i * 3));
        }

        return picture;
    }
}
