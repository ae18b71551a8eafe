namespace FloydSharp.Training.World;

internal sealed class CaptionWriter(Scene scene, Random random)
{
    public string Write() => scene.Sign is { } sign ? $"a {(random.Chance(0.5) ? "sign" : "board")} that says \"{sign.Text}\"" : "a picture";
}
