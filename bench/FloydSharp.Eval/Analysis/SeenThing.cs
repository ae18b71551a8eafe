using FloydSharp.Training.World;

namespace FloydSharp.Eval.Analysis;

/// <summary>A thing that the analyser sees.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Color">Its colour.</param>
/// <param name="X">Centre, 0 to 1.</param>
/// <param name="Y">Centre, 0 to 1.</param>
/// <param name="Size">Side.</param>
/// <param name="Certainty">0 to 1.</param>
internal readonly record struct SeenThing(ThingKind Kind, SceneColor Color, float X, float Y, float Size, float Certainty);
