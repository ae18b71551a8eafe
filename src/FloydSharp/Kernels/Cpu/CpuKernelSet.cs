using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>The kernels of one vector width behind the layers' doors: checks, tensors in and out.</summary>
/// <param name="budget">What transformed filters may take.</param>
internal sealed unsafe class CpuKernelSet<V, S>(KernelBudget budget) : IConv2dKernel, IGroupNormKernel, ILinearKernel, IAttentionKernel
    where V : struct
    where S : ISimd<V>
{
    // The kernels hold addresses only: tensors are kept alive until they return, for callers who let go of theirs.
    // The larger the tile, the fewer multiplications but the more memory for filters, which few tiles cannot make up for.
    private const int SmallestSide4 = 16;
    private const int SmallestSide2 = 8;
    private const int ManyPixels = 32 * 32;

    // A product of fewer rows only reads its weights, which libtorch does as fast.
    private const int FewestRows = 16;

    /// <summary>Bytes that transformed filters take.</summary>
    public long TransformedBytes => budget.Taken;

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Conv2dTerms terms)
    {
        if (!PixelRows.Serves(x) || x.dim() != 4 || !Serves(terms.Weight) || !Serves(terms.Bias) || !Serves(terms.Residual))
            return null;
        var kernel = terms.Weight.Shape[2];
        var factor = terms.Doubled ? 2 : 1;
        long OutSide(long side) => ((((side * factor) + (2 * terms.Padding)) - kernel) / terms.Stride) + 1;
        var (batch, height, width, channels) = (x.shape[0], OutSide(x.shape[2]), OutSide(x.shape[3]), terms.Weight.Shape[0]);
        if (batch * height * width < FewestRows || height < 1 || width < 1 || x.shape[1] != terms.Weight.Shape[1]
            || (terms.Residual is { } added && !added.shape.AsSpan().SequenceEqual([batch, channels, height, width])))
        {
            return null;
        }

        var transformed = terms.Stride == 1 && terms.Padding == 1 && kernel == 3 && terms.Weight.Shape[1] >= S.Width
            ? Transformed(terms.Weight, Math.Min(height, width), batch * height * width >= ManyPixels) : null;
        if (terms.Doubled && transformed is null)
            return null;

        using var scope = NewDisposeScope();
        var rows = PixelRows.Of(x);                                           // (B, H, W, Cin)
        var residual = terms.Residual is null ? null : PixelRows.Of(terms.Residual); // (B, H', W', Cout)
        var result = empty(batch, height, width, channels);                   // (B, H', W', Cout)
        var finish = new Finish
        {
            Bias = terms.Bias is null ? null : PixelRows.Pointer(terms.Bias.Value),
            Residual = residual is null ? null : PixelRows.Pointer(residual),
            ResidualStride = channels,
            Scale = (float)terms.Scale,
        };
        if (transformed is not null)
        {
            var size = ((int)batch, (int)height, (int)width);
            if (transformed.Size == WinogradTile4<V, S>.Size)
                Winograd<V, S, WinogradTile4<V, S>>.Run(PixelRows.Pointer(rows), size, terms.Doubled, transformed, PixelRows.Pointer(result), finish);
            else
                Winograd<V, S, WinogradTile2<V, S>>.Run(PixelRows.Pointer(rows), size, terms.Doubled, transformed, PixelRows.Pointer(result), finish);
        }
        else
        {
            var shape = new DirectConvolution<V, S>.Shape(
                (int)batch, (int)x.shape[1], (int)x.shape[2], (int)x.shape[3], (int)channels, (int)height, (int)width, (int)kernel, (int)terms.Stride, (int)terms.Padding);
            DirectConvolution<V, S>.Run(PixelRows.Pointer(rows), shape, PixelRows.Pointer(terms.Weight.Value), PixelRows.Pointer(result), finish);
        }

        GC.KeepAlive(x);
        return PixelRows.ToFeatures(result).MoveToOuterDisposeScope();        // (B, Cout, H', W')
    }

    /// <inheritdoc/>
    public bool CanRun(Tensor x, Activation activation) =>
        PixelRows.Serves(x) && x.dim() is 3 or 4 && x.numel() > 0 && activation is Activation.None or Activation.Silu or Activation.Gelu;

    /// <inheritdoc/>
    public Tensor Run(Tensor x, GroupNormTerms terms)
    {
        using var scope = NewDisposeScope();
        var rows = PixelRows.Of(x);                                           // (B, ..., C)
        var result = empty(rows.shape);                                       // (B, ..., C)
        var (scale, shift) = (Dense(terms.Scale), Dense(terms.Shift));        // (B, C)
        GroupNormRows<V, S>.Run(new()
        {
            X = PixelRows.Pointer(rows),
            Y = PixelRows.Pointer(result),
            Batch = (int)x.shape[0],
            Rows = rows.numel() / x.shape[0] / x.shape[1],
            Channels = (int)x.shape[1],
            Groups = (int)terms.Groups,
            Eps = terms.Eps,
            Gain = PixelRows.Pointer(terms.Weight),
            Offset = PixelRows.Pointer(terms.Bias),
            Scale = scale is null ? null : PixelRows.Pointer(scale),
            Shift = shift is null ? null : PixelRows.Pointer(shift),
            TimeStride = x.shape[1],
            Activation = terms.Activation,
        });
        GC.KeepAlive((x, terms));
        return PixelRows.ToFeatures(result).MoveToOuterDisposeScope();

        static Tensor? Dense(Tensor? time) => time?.flatten(1).contiguous();
    }

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Weight weight, Weight? bias, Tensor? residual)
    {
        var (depth, columns) = (weight.Shape[1], weight.Shape[0]);
        var count = depth == 0 ? 0 : x.numel() / depth;
        long[] shape = [.. x.shape[..^1], columns];
        if (!PixelRows.Serves(x) || count is < FewestRows or > int.MaxValue || !Serves(weight) || !Serves(bias) || !Serves(residual)
            || x.shape[^1] != depth || (residual is not null && !residual.shape.AsSpan().SequenceEqual(shape)))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var rows = x.contiguous();                                            // (..., Din)
        var added = residual?.contiguous();                                   // (..., Dout)
        var result = empty(shape);                                            // (..., Dout)
        var finish = new Finish
        {
            Bias = bias is null ? null : PixelRows.Pointer(bias.Value),
            Residual = added is null ? null : PixelRows.Pointer(added),
            ResidualStride = columns,
            Scale = 1,
        };
        Gemm<V, S>.Multiply(
            PixelRows.Pointer(rows), (int)count, (int)depth, PixelRows.Pointer(weight.Value), (int)columns, PixelRows.Pointer(result), columns, finish);
        GC.KeepAlive((x, residual));
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor q, IReadOnlyList<(Tensor K, Tensor V)> sources, double scale)
    {
        if (!Fits(q) || q.shape[2] < FewestRows || !sources.All(s => Matches(s.K) && Matches(s.V) && s.K.shape[2] == s.V.shape[2]))
            return null;

        using var scope = NewDisposeScope();
        var shape = q.shape;
        var result = empty(shape[0], shape[2], shape[1], shape[3]).transpose(1, 2); // (B, N, S, K)
        AttentionBlocks<V, S>.Run(
            (int)shape[0], (int)shape[1], (int)shape[3], SideOf(q),
            [.. sources.Select(s => SideOf(s.K))], [.. sources.Select(s => SideOf(s.V))], SideOf(result), (float)scale);
        GC.KeepAlive((q, sources));
        return result.MoveToOuterDisposeScope();

        bool Matches(Tensor t) => Fits(t) && t.shape[0] == q.shape[0] && t.shape[1] == q.shape[1] && t.shape[3] == q.shape[3];

        static bool Fits(Tensor t) => PixelRows.Serves(t) && t.dim() == 4 && (t.stride(3) == 1 || t.shape[3] == 1) && t.numel() > 0;

        static AttentionBlocks<V, S>.Side SideOf(Tensor t) => new()
        {
            Pointer = PixelRows.Pointer(t),
            BatchStride = t.stride(0),
            HeadStride = t.stride(1),
            RowStride = t.stride(2),
            Rows = (int)t.shape[2],
        };
    }

    private static bool Serves(Weight? weight) => weight is null || (weight.Compact is null && PixelRows.Serves(weight.Value) && weight.Value.is_contiguous());

    private static bool Serves(Tensor? tensor) => tensor is null || PixelRows.Serves(tensor);

    // Which form serves is a matter of the picture's size alone, not of what came before: the same picture gives the same bytes.
    private WinogradWeights? Transformed(Weight weight, long side, bool matters)
    {
        return side >= SmallestSide4 ? Form<WinogradTile4<V, S>>()
            : side >= SmallestSide2 ? Form<WinogradTile2<V, S>>()
            : null;

        WinogradWeights? Form<T>()
            where T : IWinogradTile => weight.Prepared((S.Width, T.Size), () =>
            {
                var bytes = WinogradWeights.BytesOf(weight, S.Width, T.Size);
                return budget.TryTake(bytes, matters) ? WinogradWeights.Create<V, S, T>(weight.Value, () => budget.Give(bytes)) : null;
            });
    }
}
