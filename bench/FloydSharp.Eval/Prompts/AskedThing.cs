using FloydSharp.Training.World;

namespace FloydSharp.Eval.Prompts;

/// <summary>A thing that a prompt names.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Color">Its colour, or null when the prompt names none.</param>
/// <param name="Count">How many.</param>
internal sealed record AskedThing(ThingKind Kind, SceneColor? Color, int Count = 1);
