using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FloydSharp.Eval.Analysis;

/// <summary>
/// A small convolutional network that names what a scene shows: things on a grid of 16 x 16 (as in "Objects as Points",
/// arXiv:1904.07850), and style, backdrop and carrier of the whole picture.
/// </summary>
internal sealed class SceneNet : Module
{
    private const int Width = 128;

    private readonly Sequential _fine;
    private readonly Sequential _coarse;
    private readonly Sequential _merge;
    private readonly Conv2d _lift;
    private readonly Conv2d _heat;
    private readonly Conv2d _size;
    private readonly Linear _color;
    private readonly Linear _facts;
    private readonly Linear _area;

    public SceneNet()
        : base(nameof(SceneNet))
    {
        _fine = Sequential(
            Conv2d(3, 32, 3, padding: 1, stride: 2), BatchNorm2d(32), SiLU(),
            Conv2d(32, 64, 3, padding: 1, stride: 2), BatchNorm2d(64), SiLU(),
            new Residual(64));
        _coarse = Sequential(
            Conv2d(64, Width, 3, padding: 1, stride: 2), BatchNorm2d(Width), SiLU(),
            new Residual(Width), new Residual(Width));
        _lift = Conv2d(Width, 64, 1);
        _merge = Sequential(Conv2d(64, 96, 3, padding: 1), BatchNorm2d(96), SiLU());
        _heat = Conv2d(96, SceneLabels.Kinds, 1);
        _size = Conv2d(96, SceneLabels.Kinds, 1);
        _color = Linear(96, SceneLabels.Kinds * SceneLabels.Colors);
        _facts = Linear(Width * 2, FactWidths.Sum());
        _area = Linear(Width * 16, 4);
        RegisterComponents();
        init.constant_(_heat.bias!, -4);
    }

    /// <summary>Classes of each fact, in the order of <see cref="SceneLabels.Facts"/>.</summary>
    public static int[] FactWidths { get; } =
        [SceneLabels.Styles, SceneLabels.Backdrops, SceneLabels.Colors, SceneLabels.Colors, SceneLabels.Signs, SceneLabels.Colors, SceneLabels.Colors];

    /// <summary>Looks at pictures (B, 3, 64, 64), -1 to 1.</summary>
    public Output Look(Tensor pictures)
    {
        var fine = _fine.forward(pictures);                                   // (B, 64, 16, 16)
        var coarse = _coarse.forward(fine);                                   // (B, 128, 8, 8)
        var up = functional.interpolate(_lift.forward(coarse), scale_factor: [2, 2], mode: InterpolationMode.Nearest); // (B, 64, 16, 16)
        var merged = _merge.forward(fine + up);                               // (B, 96, 16, 16)
        var pooled = cat([coarse.mean([2, 3]), coarse.amax([2, 3])], 1);      // (B, 256)
        var quarters = functional.adaptive_avg_pool2d(coarse, [4L, 4L]).flatten(1); // (B, 2048)
        return new(merged, _heat.forward(merged), _size.forward(merged), _facts.forward(pooled), _area.forward(quarters));
    }

    /// <summary>Scores of the colours of a thing at each cell.</summary>
    /// <param name="cells">Features, (N, 96).</param>
    /// <param name="kinds">What stands there, (N).</param>
    /// <returns>(N, colours).</returns>
    public Tensor ColorOf(Tensor cells, Tensor kinds)
    {
        using var scope = NewDisposeScope();
        var all = _color.forward(cells).view(-1, SceneLabels.Kinds, SceneLabels.Colors); // (N, kinds, colours)
        var index = kinds.view(-1, 1, 1).expand(-1, 1, SceneLabels.Colors);
        return all.gather(1, index).squeeze(1).MoveToOuterDisposeScope();     // (N, colours)
    }

    /// <summary>What the network says.</summary>
    /// <param name="Features">(B, 96, 16, 16).</param>
    /// <param name="Heat">Scores that a thing's centre is here, (B, kinds, 16, 16).</param>
    /// <param name="Size">Sides of things, (B, kinds, 16, 16).</param>
    /// <param name="Facts">Scores of the facts one after another, (B, sum of widths).</param>
    /// <param name="Area">Rectangle of the letters, (B, 4).</param>
    internal sealed record Output(Tensor Features, Tensor Heat, Tensor Size, Tensor Facts, Tensor Area);

    private sealed class Residual : Module<Tensor, Tensor>
    {
        private readonly Sequential _body;

        public Residual(int width)
            : base(nameof(Residual))
        {
            _body = Sequential(
                Conv2d(width, width, 3, padding: 1), BatchNorm2d(width), SiLU(),
                Conv2d(width, width, 3, padding: 1), BatchNorm2d(width));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return functional.silu(input + _body.forward(input)).MoveToOuterDisposeScope();
        }
    }
}
