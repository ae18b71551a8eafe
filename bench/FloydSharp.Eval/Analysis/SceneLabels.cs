using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>Pictures of scenes with what the analyser should see in them, in host memory. For one thread at a time.</summary>
internal sealed class SceneLabels(int count)
{
    /// <summary>Side of the pictures that the analyser looks at.</summary>
    public const int Side = 128;

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

    /// <summary>Per thing five numbers: picture, row and column on the grid, kind, colour (-1 where the style shows none).</summary>
    public List<long> Things { get; } = [];

    /// <summary>Per thing three numbers: the centre's place in its cell from left and from top, 0 to 1, and the thing's side.</summary>
    public List<float> Boxes { get; } = [];

    /// <summary>Draws one scene into a place of the batch. Places are filled from the first to the last, which starts anew at the first.</summary>
    public void Set(int place, Scene scene)
    {
        if (place == 0)
        {
            Things.Clear();
            Boxes.Clear();
        }

        SceneRenderer.Render(scene, Side, Side, Pixels.AsSpan(place * Side * Side * 3, Side * Side * 3));
        var facts = Facts.AsSpan(place * 7, 7);
        facts.Fill(-1);
        var colors = scene.Style is not SceneStyle.Blueprint;
        if (AskedFacts.ShowsStyle(scene))
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

        foreach (var group in scene.Groups)
        {
            foreach (var thing in group.Places)
            {
                var (row, column) = (Cell(thing.Y), Cell(thing.X));
                Things.AddRange([place, row, column, (long)group.Kind, colors ? (long)group.Color : -1]);
                Boxes.AddRange([(thing.X * Grid) - column, (thing.Y * Grid) - row, thing.Size]);
            }
        }
    }

    /// <summary>Everything on a device. The host does not wait for a GPU; the arrays may be filled anew at once.</summary>
    /// <returns>Tensors that belong to the current scope.</returns>
    public LabelTensors On(Device device) => new(
        ToInput(Pixels, Count, device),
        Move(tensor(Facts, [Count, 7]), device),
        Move(tensor(Area, [Count, 4]), device),
        Move(tensor(Things.ToArray(), [Things.Count / 5, 5]), device),
        Move(tensor(Boxes.ToArray(), [Boxes.Count / 3, 3]), device));

    /// <summary>Turns bytes (B, H, W, 3) into (B, 3, H, W), -1 to 1, on the device: a fourth of what floats would need travels.</summary>
    public static Tensor ToInput(byte[] pixels, int count, Device device)
    {
        using var scope = NewDisposeScope();
        var bytes = Move(tensor(pixels, [count, Side, Side, 3], ScalarType.Byte), device);
        return ((bytes.permute(0, 3, 1, 2).to(ScalarType.Float32) / 127.5) - 1).contiguous().MoveToOuterDisposeScope();
    }

    // From pinned memory, so that the host need not wait until the device has finished the step before.
    private static Tensor Move(Tensor host, Device device) => device.type == TorchSharp.DeviceType.CUDA
        ? host.pin_memory().to(host.dtype, device, non_blocking: true)
        : host.to(host.dtype, device, copy: true);

    private static long Cell(float x) => Math.Clamp((int)(x * Grid), 0, Grid - 1);
}
