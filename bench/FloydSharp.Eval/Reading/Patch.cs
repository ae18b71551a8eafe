namespace FloydSharp.Eval.Reading;

/// <summary>A connected dark patch of a map.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Last column and one.</param>
/// <param name="Bottom">Last row and one.</param>
/// <param name="Area">Pixels.</param>
internal readonly record struct Patch(int Left, int Top, int Right, int Bottom, int Area)
{
    /// <summary>Columns.</summary>
    public int Width => Right - Left;

    /// <summary>Rows.</summary>
    public int Height => Bottom - Top;
}
