using static TorchSharp.torch;

namespace FloydSharp.Training.Optimization;

/// <summary>
/// Muon (Jordan et al. 2024): the step of a matrix is its momentum with all singular values brought near one, by five
/// Newton-Schulz iterations; a kernel counts as the matrix (out, in * k * k). Scaled to the size of Adam's steps (Liu et al. 2025,
/// arXiv:2502.16982, section 2.2), so that learning rate and decay are shared. Matrices are padded with zeros to a few sizes
/// and handled together: the iteration leaves zeros zero.
/// </summary>
internal sealed class MuonDirections : IDisposable
{
    private const double StepSize = 0.2;

    // Odd polynomial a x + b x^3 + c x^5 that moves singular values of (0, 1] to about [0.7, 1.2] in five rounds.
    private const double A = 3.4445;
    private const double B = -4.7750;
    private const double C = 2.0315;
    private const int Rounds = 5;

    private readonly List<Group> _groups = [];
    private readonly long _size;

    /// <summary>Sorts the model's matrices.</summary>
    /// <param name="model">What is trained.</param>
    public MuonDirections(TrainableModel model)
    {
        _size = model.Size;
        foreach (var group in model.Slots.Where(IsMatrix).GroupBy(s => (Padded(Short(s)), Padded(Long(s)))))
            _groups.Add(Make([.. group], group.Key.Item1, group.Key.Item2, model.Device));
    }

    /// <summary>Whether a weight is stepped this way: matrices and kernels between features, not tables, pixels in and pixels out.</summary>
    public static bool IsMatrix(ParameterSlot slot) => WeightInit.Decays(slot.Name, slot.Shape)
        && !slot.Name.StartsWith("conv_in.", StringComparison.Ordinal) && !slot.Name.StartsWith("conv_out.", StringComparison.Ordinal);

    /// <summary>Replaces the parts of a flat step that belong to matrices.</summary>
    /// <param name="momentum">Flat, (Size), float32. Not disposed.</param>
    /// <param name="step">Flat, (Size), float32; changed in place. Not disposed.</param>
    public void Replace(Tensor momentum, Tensor step)
    {
        using var scope = NewDisposeScope();
        // One element more, which stands for the padding.
        var source = nn.functional.pad(momentum, [0L, 1L]).to(ScalarType.BFloat16); // (Size + 1)
        var target = nn.functional.pad(step, [0L, 1L]);                       // (Size + 1)
        foreach (var group in _groups)
        {
            using var inner = NewDisposeScope();
            var x = source.index_select(0, group.Index).view(group.Shape);    // (N, R, C)
            var length = x.to(ScalarType.Float32).Square().sum([1L, 2L], keepdim: true).sqrt().Plus(1e-12); // (N, 1, 1)
            x = (x / length).to(ScalarType.BFloat16);
            for (var round = 0; round < Rounds; round++)
            {
                var gram = x.matmul(x.transpose(1, 2));                       // (N, R, R)
                var polynomial = gram.Times(B).AddInPlace(gram.matmul(gram), C);
                x = x.Times(A).AddInPlace(polynomial.matmul(x));              // (N, R, C)
            }

            target.index_copy_(0, group.Index, (x.to(ScalarType.Float32) * group.Scale).flatten());
        }

        step.copy_(target.narrow(0, 0, _size));
    }

    /// <summary>Frees the indices.</summary>
    public void Dispose()
    {
        foreach (var group in _groups)
        {
            group.Index.Dispose();
            group.Scale.Dispose();
        }
    }

    private Group Make(ParameterSlot[] slots, long rows, long columns, Device device)
    {
        var index = new long[slots.Length * rows * columns];
        index.AsSpan().Fill(_size);
        var scale = new float[slots.Length];
        for (var n = 0; n < slots.Length; n++)
        {
            var slot = slots[n];
            var (height, width) = (slot.Shape[0], slot.Count / slot.Shape[0]);
            for (long i = 0; i < height; i++)
            {
                for (long j = 0; j < width; j++)
                {
                    var (r, c) = height <= width ? (i, j) : (j, i);
                    index[(((n * rows) + r) * columns) + c] = slot.Offset + (i * width) + j;
                }
            }

            scale[n] = (float)(StepSize * Math.Sqrt(Math.Max(height, width)));
        }

        return new(
            tensor(index, device: device).DetachFromDisposeScope(),
            tensor(scale, [slots.Length, 1, 1], device: device).DetachFromDisposeScope(),
            [slots.Length, rows, columns]);
    }

    private static long Short(ParameterSlot slot) => Math.Min(slot.Shape[0], slot.Count / slot.Shape[0]);

    private static long Long(ParameterSlot slot) => Math.Max(slot.Shape[0], slot.Count / slot.Shape[0]);

    /// <summary>The next of 16, 32, 48, 64, 96, 128, 192, 256, 384, ...</summary>
    private static long Padded(long n)
    {
        for (long step = 16; ; step *= 2)
        {
            if (n <= step)
                return step;
            if (n <= step * 3 / 2)
                return step * 3 / 2;
        }
    }

    /// <param name="Index">Places in the flat buffer, one past its end for padding, (N * R * C).</param>
    /// <param name="Scale">(N, 1, 1).</param>
    /// <param name="Shape">N, R, C.</param>
    private sealed record Group(Tensor Index, Tensor Scale, long[] Shape);
}
