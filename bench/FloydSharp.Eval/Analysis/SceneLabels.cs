using FloydSharp.Training.World;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>Pictures of scenes with what the analyser should see in them.</summary>
internal sealed class SceneLabels(int count)
{
    /// <summary>Side of the pictures that the analyser looks at.</summary>
    public const int Side = 64;

    /// <summary>Side of the grid of things.</summary>
    public const int Grid = 16;

    /// <summary>How many kinds of things there are.</summary>
    public static int Kinds { get; } = Enum.GetValues<ThingKind>().Length;

    /// <summary>How many colours there are.</summary>
    public static int Colors { get; } = Enum.GetValues<SceneColor>().Length;

    /// <summary>How many styles there are.</summary>
    public static int Styles { get; } = Enum.GetValues<SceneStyle>().Length;

    /// <summary>How many backdrops there are.</summary>
    public static int Backdrops { get; } = Enum.GetValues<Backdrop>().Length;

    /// <summary>How many carriers of text there are, none being one more.</summary>
    public static int Signs { get; } = Enum.GetValues<SignKind>().Length + 1;

    /// <summary>How many pictures.</summary>
    public int Count { get; } = count;

    /// <summary>The pictures, (B, H, W, 3).</summary>
    public byte[] Pixels { get; } = new byte[count * Side * Side * 3];

    /// <summary>Per picture: style, backdrop, upper colour, lower colour, carrier, its colour, the letters' colour; -1 where nothing is to be seen.</summary>
    public long[] Facts { get; } = new long[count * 7];

    /// <summary>Per picture the rectangle of the letters: left, top, right, bottom.</summary>
    public float[] Area { get; } = new float[count * 4];

    /// <summary>Per thing: picture, row and column on the grid, kind, colour (-1 where the style shows none).</summary>
    public List<long[]> Things { get; } = [];

    /// <summary>Per thing: its side.</summary>
    public List<float> Sizes { get; } = [];

    /// <summary>Draws one scene into a place of the batch. Several threads may fill places at once.</summary>
    public void Set(int place, Scene scene)
    {
        SceneRenderer.Render(scene, Side, Side, Pixels.AsSpan(place * Side * Side * 3, Side * Side * 3));
        var facts = Facts.AsSpan(place * 7, 7);
        facts.Fill(-1);
        var colors = scene.Style is not SceneStyle.Blueprint;
        facts[0] = (long)scene.Style;
        facts[1] = (long)scene.Backdrop;
        if (colors && scene.Backdrop is Backdrop.Plain or Backdrop.Gradient)
            facts[2] = (long)scene.BackdropColor;
        if (colors && scene.Backdrop is Backdrop.Gradient)
            facts[3] = (long)scene.BackdropColor2;
        facts[4] = scene.Sign is { } s ? (long)s.Kind : Signs - 1;
        if (scene.Sign is { } sign)
        {
            if (colors && sign.Kind is not SignKind.Lettering)
                facts[5] = (long)sign.Board;
            if (colors)
                facts[6] = (long)sign.Ink;
            var (left, top, right, bottom) = sign.TextArea;
            (Area[place * 4], Area[(place * 4) + 1], Area[(place * 4) + 2], Area[(place * 4) + 3]) = (left, top, right, bottom);
        }

        lock (Things)
        {
            foreach (var group in scene.Groups)
            {
                foreach (var thing in group.Places)
                {
                    Things.Add([place, Cell(thing.Y), Cell(thing.X), (long)group.Kind, colors ? (long)group.Color : -1]);
                    Sizes.Add(thing.Size);
                }
            }
        }
    }

    /// <summary>The pictures as the network takes them, (B, 3, H, W), -1 to 1.</summary>
    public Tensor Pictures(Device device) => ToInput(Pixels, Count, device);

    /// <summary>Turns bytes (B, H, W, 3) into (B, 3, H, W), -1 to 1.</summary>
    public static Tensor ToInput(byte[] pixels, int count, Device device)
    {
        using var scope = NewDisposeScope();
        var bytes = tensor(pixels).view(count, Side, Side, 3).to(device);     // (B, H, W, 3)
        return ((bytes.permute(0, 3, 1, 2).to(ScalarType.Float32) / 127.5) - 1).contiguous().MoveToOuterDisposeScope();
    }

    private static long Cell(float x) => Math.Clamp((int)(x * Grid), 0, Grid - 1);
}
