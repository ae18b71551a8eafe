using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FloydSharp.Eval.Analysis;

/// <summary>What the analyser learns to make small.</summary>
internal static class AnalyserLoss
{
    /// <summary>The loss of one batch; gradients flow into the network.</summary>
    public static Tensor Of(SceneNet net, SceneLabels labels, Device device)
    {
        using var scope = NewDisposeScope();
        var output = net.Look(Worn(labels.Pictures(device)));
        var facts = tensor(labels.Facts).view(labels.Count, -1).to(device);   // (B, 7)
        var total = zeros(1, device: device);
        for (int i = 0, from = 0; i < SceneNet.FactWidths.Length; from += SceneNet.FactWidths[i++])
        {
            var target = facts.select(1, i);                                  // (B)
            var all = functional.cross_entropy(output.Facts.narrow(1, from, SceneNet.FactWidths[i]), target.clamp(min: 0), reduction: Reduction.None);
            var seen = target.ge(0).to(ScalarType.Float32);
            total += (all * seen).sum() / labels.Count;
        }

        var written = facts.select(1, 4).ne(SceneLabels.Signs - 1).to(ScalarType.Float32).unsqueeze(1); // (B, 1)
        var area = tensor(labels.Area).view(labels.Count, 4).to(device);
        total += 5 * ((output.Area - area).abs() * written).sum() / labels.Count;
        return (total + Things(net, output, labels, device)).MoveToOuterDisposeScope();
    }

    private static Tensor Things(SceneNet net, SceneNet.Output output, SceneLabels labels, Device device)
    {
        var count = labels.Things.Count;
        var things = tensor(labels.Things.SelectMany(t => t).ToArray()).view(count, 5).to(device); // (N, 5)
        var (picture, row, column, kind, color) = (things.select(1, 0), things.select(1, 1), things.select(1, 2), things.select(1, 3), things.select(1, 4));
        const int grid = SceneLabels.Grid;
        var flat = ((((picture * SceneLabels.Kinds) + kind) * grid) + row) * grid + column; // (N)
        var truth = zeros_like(output.Heat);                                  // (B, kinds, 16, 16)
        truth.view(-1).index_fill_(0, flat, 1);
        var near = functional.max_pool2d(truth, 3, 1, 1) - truth;             // cells beside a centre count little

        var chance = output.Heat.sigmoid();
        var miss = functional.binary_cross_entropy_with_logits(output.Heat, truth, reduction: Reduction.None);
        var hard = (truth * (1 - chance).square()) + ((1 - truth) * chance.square() * (1 - (0.95 * near)));
        var total = (miss * hard).sum() / count;

        var cells = output.Features.permute(0, 2, 3, 1).reshape(-1, 96)       // (B * 256, 96)
            .index_select(0, (((picture * grid) + row) * grid) + column);     // (N, 96)
        var seen = color.ge(0).to(ScalarType.Float32);
        total += (functional.cross_entropy(net.ColorOf(cells, kind), color.clamp(min: 0), reduction: Reduction.None) * seen).sum() / count;
        var sizes = output.Size.view(-1).index_select(0, flat);               // (N)
        return total + (2 * (sizes - tensor(labels.Sizes.ToArray()).to(device)).abs().mean());
    }

    // Generated pictures are softer and noisier than rendered ones.
    private static Tensor Worn(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var device = pictures.device;
        var count = pictures.shape[0];
        var padded = functional.pad(pictures, [1L, 1L, 1L, 1L], PaddingModes.Replicate);
        var soft = functional.avg_pool2d(padded, [3L, 3L], [1L, 1L]);         // (B, 3, H, W)
        var share = ((rand([count, 1, 1, 1], device: device) - 0.4) / 0.6).clamp(min: 0) * 0.7;
        var noise = (rand([count, 1, 1, 1], device: device) - 0.4).clamp(min: 0) * 0.15 * randn(pictures.shape, device: device);
        var gain = 1 + (0.04 * randn([count, 3, 1, 1], device: device));
        return (((pictures + ((soft - pictures) * share)) * gain) + noise).clamp(-1, 1).MoveToOuterDisposeScope();
    }
}
