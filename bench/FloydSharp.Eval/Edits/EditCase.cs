using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Edits;

/// <summary>A rendered picture and how it shall be changed.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Before">What the picture shows.</param>
/// <param name="After">What it shows when all goes well: other text, or another style.</param>
/// <param name="Prompt">The words that go with it.</param>
/// <param name="Mask">What is repainted, in 64ths of the side: left, top, right, bottom; null where all may change.</param>
internal sealed record EditCase(int Id, Scene Before, Scene After, string Prompt, (int Left, int Top, int Right, int Bottom)? Mask)
{
    /// <summary>Side of the pictures.</summary>
    public const int Side = 256;

    /// <summary>Whether a part is repainted; otherwise the whole is varied.</summary>
    public bool IsInpainting => Mask is not null;

    /// <summary>The picture to start from.</summary>
    public ImageBuffer Picture() => SceneRenderer.Render(Before, Side);

    /// <summary>The mask at a size that is a multiple of 64: 255 is repainted.</summary>
    public ImageBuffer MaskPicture(int side)
    {
        var mask = new ImageBuffer(side, side, 1);
        if (Mask is not { } m)
            return mask;
        var cell = side / 64;
        for (var y = m.Top * cell; y < m.Bottom * cell; y++)
            mask.Row(y)[(m.Left * cell)..(m.Right * cell)].Fill(255);
        return mask;
    }
}
