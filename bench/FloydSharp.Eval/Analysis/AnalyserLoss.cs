using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FloydSharp.Eval.Analysis;

/// <summary>What the analyser learns to make small.</summary>
internal static class AnalyserLoss
{
    /// <summary>The loss of one batch; gradients flow into the network. Nothing waits for the device.</summary>
    /// <returns>A scalar on the network's device; owned by the caller.</returns>
    public static Tensor Of(SceneNet net, LabelTensors labels)
    {
        using var scope = NewDisposeScope();
        var output = net.Look(new PictureWear().Of(labels.Pictures));
        var count = labels.Facts.shape[0];
        var total = Things(net, output, labels);
        for (int i = 0, from = 0; i < SceneNet.FactWidths.Length; from += SceneNet.FactWidths[i++])
        {
            var target = labels.Facts.select(1, i);                           // (B)
            var all = functional.cross_entropy(output.Facts.narrow(1, from, SceneNet.FactWidths[i]), target.clamp(min: 0), reduction: Reduction.None);
            total += (all * target.ge(0).to(ScalarType.Float32)).sum() / count;
        }

        var written = labels.Facts.select(1, 4).ne(SceneLabels.Signs - 1).to(ScalarType.Float32).unsqueeze(1); // (B, 1)
        total += 5 * ((output.Area - labels.Area).abs() * written).sum() / count;
        return total.MoveToOuterDisposeScope();
    }

    private static Tensor Things(SceneNet net, SceneNet.Output output, LabelTensors labels)
    {
        const int grid = SceneLabels.Grid;
        var things = labels.Things;
        var count = Math.Max(1, things.shape[0]);
        var (picture, row, column, kind, color) = (things.select(1, 0), things.select(1, 1), things.select(1, 2), things.select(1, 3), things.select(1, 4));
        var flat = ((((picture * SceneLabels.Kinds) + kind) * grid) + row) * grid + column; // (N)
        var truth = zeros_like(output.Heat);                                  // (B, kinds, 16, 16)
        truth.view(-1).index_fill_(0, flat, 1);
        var near = functional.max_pool2d(truth, 3, 1, 1) - truth;             // cells beside a centre count little

        var chance = output.Heat.sigmoid();
        var miss = functional.binary_cross_entropy_with_logits(output.Heat, truth, reduction: Reduction.None);
        var hard = (truth * (1 - chance).square()) + ((1 - truth) * chance.square() * (1 - (0.95 * near)));
        var total = (miss * hard).sum() / count;

        var cell = (((picture * grid) + row) * grid) + column;                // (N)
        var seen = color.ge(0).to(ScalarType.Float32);
        var cells = output.CellsAt(cell);                                     // (N, D)
        total += (functional.cross_entropy(net.ColorOf(cells, kind), color.clamp(min: 0), reduction: Reduction.None) * seen).sum() / count;
        total += 2 * (net.SizeOf(cells, kind) - labels.Boxes.select(1, 2)).abs().sum() / count;
        return total + ((net.OffsetOf(cells, kind) - labels.Boxes.narrow(1, 0, 2)).abs().sum() / count);
    }
}
