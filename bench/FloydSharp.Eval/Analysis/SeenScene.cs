using FloydSharp.Training.World;

namespace FloydSharp.Eval.Analysis;

/// <summary>What the analyser sees in a picture.</summary>
/// <param name="Style">How it is drawn.</param>
/// <param name="Backdrop">What is behind.</param>
/// <param name="BackdropColor">The colour of a plain backdrop.</param>
/// <param name="Sign">What carries text, or null.</param>
/// <param name="TextArea">Where the letters of a sign are: left, top, right, bottom.</param>
/// <param name="Things">The things, all with a certainty of at least <see cref="SceneAnalyser.Least"/>.</param>
internal sealed record SeenScene(
    SceneStyle Style,
    Backdrop Backdrop,
    SceneColor BackdropColor,
    SignKind? Sign,
    (float Left, float Top, float Right, float Bottom) TextArea,
    IReadOnlyList<SeenThing> Things);
