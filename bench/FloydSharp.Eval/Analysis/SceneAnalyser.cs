using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>Says what pictures show. Learned on rendered scenes; see <see cref="AnalyserTraining"/>.</summary>
internal sealed class SceneAnalyser : IDisposable
{
    /// <summary>Things less certain than this are not seen.</summary>
    public const float Least = 0.2f;

    private readonly SceneNet _net = new();

    /// <summary>Reads the weights.</summary>
    /// <param name="path">Their file; the one the program brings when null.</param>
    public SceneAnalyser(string? path = null)
    {
        AnalyserWeights.Read(_net, path ?? AnalyserWeights.DefaultPath);
        _net.eval();
    }

    /// <summary>Looks at square RGB pictures of any sizes.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="least">Things less certain than this are not seen.</param>
    public IReadOnlyList<SeenScene> Look(IReadOnlyList<ImageBuffer> pictures, float least = Least)
    {
        const int side = SceneLabels.Side;
        var seen = new List<SeenScene>(pictures.Count);
        foreach (var chunk in pictures.Chunk(64))
        {
            var pixels = new byte[chunk.Length * side * side * 3];
            for (var i = 0; i < chunk.Length; i++)
            {
                var small = chunk[i].Width == side ? chunk[i] : Resampler.Resize(chunk[i], side, side, chunk[i].Width < side ? ResampleFilter.Bilinear : ResampleFilter.Box);
                small.Pixels.CopyTo(pixels.AsSpan(i * side * side * 3));
            }

            seen.AddRange(Look(pixels, chunk.Length, least));
        }

        return seen;
    }

    /// <inheritdoc/>
    public void Dispose() => _net.Dispose();

    private List<SeenScene> Look(byte[] pixels, int count, float least)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var output = _net.Look(SceneLabels.ToInput(pixels, count, CPU));
        var peak = nn.functional.max_pool2d(output.Heat, 3, 1, 1);
        var chance = output.Heat.sigmoid() * output.Heat.eq(peak).to(ScalarType.Float32); // (B, kinds, 16, 16)
        var found = chance.ge(least).nonzero();                               // (N, 4): picture, kind, row, column
        var things = Enumerable.Range(0, count).Select(_ => new List<SeenThing>()).ToArray();
        if (found.shape[0] > 0)
        {
            const int grid = SceneLabels.Grid;
            var (b, k, y, x) = (found.select(1, 0), found.select(1, 1), found.select(1, 2), found.select(1, 3));
            var cells = output.CellsAt((((b * grid) + y) * grid) + x);        // (N, M)
            var colors = _net.ColorOf(cells, k).argmax(1).data<long>().ToArray();
            var sizes = _net.SizeOf(cells, k).contiguous().data<float>().ToArray();
            var offsets = _net.OffsetOf(cells, k).contiguous().data<float>().ToArray();
            var certainties = chance.reshape(-1).index_select(0, (((((b * SceneLabels.Kinds) + k) * grid) + y) * grid) + x).data<float>().ToArray();
            var rows = found.data<long>().ToArray();
            for (var i = 0; i < sizes.Length; i++)
            {
                things[rows[i * 4]].Add(new(
                    (ThingKind)rows[(i * 4) + 1], (SceneColor)colors[i],
                    (rows[(i * 4) + 3] + offsets[i * 2]) / grid, (rows[(i * 4) + 2] + offsets[(i * 2) + 1]) / grid, sizes[i], certainties[i]));
            }
        }

        var facts = new long[SceneNet.FactWidths.Length][];
        for (int i = 0, from = 0; i < facts.Length; from += SceneNet.FactWidths[i++])
            facts[i] = output.Facts.narrow(1, from, SceneNet.FactWidths[i]).argmax(1).data<long>().ToArray();
        var areas = output.Area.data<float>().ToArray();
        return [.. Enumerable.Range(0, count).Select(i => new SeenScene(
            (SceneStyle)facts[0][i], (Backdrop)facts[1][i], (SceneColor)facts[2][i], facts[4][i] == SceneLabels.Signs - 1 ? null : (SignKind)facts[4][i],
            (areas[i * 4], areas[(i * 4) + 1], areas[(i * 4) + 2], areas[(i * 4) + 3]), Single(things[i])))];
    }

    // One thing is seldom two: of several kinds at one place and of one size, the most certain stays.
    private static List<SeenThing> Single(List<SeenThing> things)
    {
        var kept = new List<SeenThing>();
        foreach (var thing in things.OrderByDescending(t => t.Certainty))
        {
            if (!kept.Any(k => Math.Abs(k.X - thing.X) < 0.1 && Math.Abs(k.Y - thing.Y) < 0.1 && Math.Min(k.Size, thing.Size) > 0.65 * Math.Max(k.Size, thing.Size)))
                kept.Add(thing);
        }

        return kept;
    }
}
