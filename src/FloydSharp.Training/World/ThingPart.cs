using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>One path of a thing in its box, 0 to 100.</summary>
/// <param name="Path">The outline; owned by the <see cref="ThingShapes"/> that read it.</param>
/// <param name="Tone">See <see cref="World.Tone"/>.</param>
/// <param name="Outlined">Whether styles with outlines draw one.</param>
/// <param name="Stroke">Width of the line; 0 fills the path.</param>
internal sealed record ThingPart(SKPath Path, char Tone, bool Outlined, float Stroke);
