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
    private const int Middle = 112;
    private const int Deep = 144;

    // Per thing and kind: the centre in its cell, and the side.
    private const int Measures = 3;

    private readonly Sequential _fine;
    private readonly Sequential _middle;
    private readonly Sequential _coarse;
    private readonly Sequential _merge;
    private readonly Conv2d _lift;
    private readonly Conv2d _heat;
    private readonly Linear _box;
    private readonly Linear _color;
    private readonly Linear _facts;
    private readonly Linear _area;

    public SceneNet()
        : base(nameof(SceneNet))
    {
        _fine = Sequential(
            Conv2d(3, 32, 3, padding: 1, stride: 2, bias: false), BatchNorm2d(32), SiLU(),
            Conv2d(32, 64, 3, padding: 1, stride: 2, bias: false), BatchNorm2d(64), SiLU(),
            new Residual(64), new Residual(64));
        _middle = Sequential(
            Conv2d(64, Middle, 3, padding: 1, stride: 2, bias: false), BatchNorm2d(Middle), SiLU(),
            new Residual(Middle), new Residual(Middle));
        _coarse = Sequential(
            Conv2d(Middle, Deep, 3, padding: 1, stride: 2, bias: false), BatchNorm2d(Deep), SiLU(),
            new Residual(Deep), new Residual(Deep));
        _lift = Conv2d(Deep, Middle, 1);
        _merge = Sequential(Conv2d(Middle, Middle, 3, padding: 1, bias: false), BatchNorm2d(Middle), SiLU());
        _heat = Conv2d(Middle, SceneLabels.Kinds, 1);
        _box = Linear(Middle, SceneLabels.Kinds * Measures);
        _color = Linear(Middle, SceneLabels.Kinds * SceneLabels.Colors);
        _facts = Linear((Deep * 2) + (Middle * 2) + (64 * 2), FactWidths.Sum());
        _area = Linear(Deep * 16, 4);
        RegisterComponents();
        init.constant_(_heat.bias!, -4);
    }

    /// <summary>Classes of each fact, in the order of <see cref="SceneLabels.Facts"/>.</summary>
    public static int[] FactWidths { get; } =
        [SceneLabels.Styles, SceneLabels.Backdrops, SceneLabels.Colors, SceneLabels.Colors, SceneLabels.Signs, SceneLabels.Colors, SceneLabels.Colors];

    /// <summary>Looks at pictures (B, 3, 128, 128), -1 to 1.</summary>
    public Output Look(Tensor pictures)
    {
        var fine = _fine.forward(pictures);                                   // (B, 64, 32, 32)
        var middle = _middle.forward(fine);                                   // (B, M, 16, 16)
        var coarse = _coarse.forward(middle);                                 // (B, D, 8, 8)
        var up = functional.interpolate(_lift.forward(coarse), scale_factor: [2, 2], mode: InterpolationMode.Nearest); // (B, M, 16, 16)
        var merged = _merge.forward(middle + up);                             // (B, M, 16, 16)
        Tensor[] levels = [fine, middle, coarse];                             // a style's grain shows in the fine ones
        var pooled = cat([.. levels.SelectMany(l => new[] { l.mean([2, 3]), l.amax([2, 3]) })], 1); // (B, 640)
        var quarters = functional.adaptive_avg_pool2d(coarse, [4L, 4L]).flatten(1); // (B, 16 D)
        return new(merged, _heat.forward(merged), _facts.forward(pooled), _area.forward(quarters));
    }

    /// <summary>Scores of the colours of things.</summary>
    /// <param name="cells">Features, (N, M).</param>
    /// <param name="kinds">What stands there, (N).</param>
    /// <returns>(N, colours).</returns>
    public Tensor ColorOf(Tensor cells, Tensor kinds) => Of(_color, cells, kinds, SceneLabels.Colors);

    /// <summary>Sides of things, (N); see <see cref="ColorOf"/>.</summary>
    public Tensor SizeOf(Tensor cells, Tensor kinds) => Of(_box, cells, kinds, Measures).select(1, 2);

    /// <summary>Centres of things from the left and the top of their cells, 0 to 1, (N, 2); see <see cref="ColorOf"/>.</summary>
    public Tensor OffsetOf(Tensor cells, Tensor kinds) => Of(_box, cells, kinds, Measures).narrow(1, 0, 2);

    private static Tensor Of(Linear layer, Tensor cells, Tensor kinds, int width)
    {
        using var scope = NewDisposeScope();
        var all = layer.forward(cells).view(-1, SceneLabels.Kinds, width);    // (N, kinds, W)
        var index = kinds.view(-1, 1, 1).expand(-1, 1, width);
        return all.gather(1, index).squeeze(1).MoveToOuterDisposeScope();     // (N, W)
    }

    /// <summary>What the network says.</summary>
    /// <param name="Features">(B, M, 16, 16).</param>
    /// <param name="Heat">Scores that a thing's centre is here, (B, kinds, 16, 16).</param>
    /// <param name="Facts">Scores of the facts one after another, (B, sum of widths).</param>
    /// <param name="Area">Rectangle of the letters, (B, 4).</param>
    internal sealed record Output(Tensor Features, Tensor Heat, Tensor Facts, Tensor Area)
    {
        /// <summary>The features of cells.</summary>
        /// <param name="cells">(picture * 16 + row) * 16 + column, (N).</param>
        /// <returns>(N, M).</returns>
        public Tensor CellsAt(Tensor cells)
        {
            using var scope = NewDisposeScope();
            return Features.permute(0, 2, 3, 1).reshape(-1, Middle).index_select(0, cells).MoveToOuterDisposeScope();
        }
    }

    private sealed class Residual : Module<Tensor, Tensor>
    {
        private readonly Sequential _body;

        public Residual(int width)
            : base(nameof(Residual))
        {
            _body = Sequential(
                Conv2d(width, width, 3, padding: 1, bias: false), BatchNorm2d(width), SiLU(),
                Conv2d(width, width, 3, padding: 1, bias: false), BatchNorm2d(width));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return functional.silu(input + _body.forward(input)).MoveToOuterDisposeScope();
        }
    }
}
