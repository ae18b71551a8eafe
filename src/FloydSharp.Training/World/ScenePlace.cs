namespace FloydSharp.Training.World;

/// <summary>Where one thing stands, in units of the picture's side; (0, 0) is the top left corner.</summary>
/// <param name="X">Centre, 0 (left) to 1 (right).</param>
/// <param name="Y">Centre, 0 (top) to 1 (bottom).</param>
/// <param name="Size">Side of the square that holds the thing.</param>
/// <param name="Flip">Whether it is mirrored from left to right.</param>
public sealed record ScenePlace(float X, float Y, float Size, bool Flip = false);
