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

    // Of filters that are transformed for one use.
    private const long PartBytes = 32 << 20;

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

        // Which way serves is a matter of shapes alone, not of memory or of what came before: the same picture gives the same bytes.
        var side = terms.Stride == 1 && terms.Padding == 1 && kernel == 3 && terms.Weight.Shape[1] >= S.Width ? Math.Min(height, width) : 0;
        if (terms.Doubled && side < SmallestSide2)
            return null;

        using var scope = NewDisposeScope();
        var rows = PixelRows.Of(x);                                           // (B, H, W, Cin)
        var residual = terms.Residual is null ? null : PixelRows.Of(terms.Residual); // (B, H', W', Cout)
        var result = Features.Empty(batch, height, width, channels);          // (B, H', W', Cout)
        var finish = new Finish
        {
            Bias = terms.Bias is null ? null : PixelRows.Pointer(terms.Bias.Value),
            Residual = residual is null ? null : PixelRows.Pointer(residual),
            ResidualStride = channels,
            Scale = (float)terms.Scale,
        };
        if (side >= SmallestSide2)
        {
            var picture = new Picture(
                PixelRows.Pointer(rows), ((int)batch, (int)height, (int)width), terms.Doubled, PixelRows.Pointer(result), (int)channels, finish, batch * height * width >= ManyPixels);
            if (side >= SmallestSide4)
                Transformed<WinogradTile4<V, S>>(terms.Weight, picture);
            else
                Transformed<WinogradTile2<V, S>>(terms.Weight, picture);
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
    public Tensor Run(Tensor x, GroupNormTerms terms) => Norm(x, null, terms);

    /// <summary>Normalises two maps side by side, for a <see cref="Shortcut"/> of the same maps to follow.</summary>
    /// <param name="x">(B, Cx, H, W). Not disposed.</param>
    /// <param name="skip">(B, C - Cx, H, W). Not disposed.</param>
    /// <param name="terms">What it is done with.</param>
    /// <param name="shortcut">A 1 x 1 convolution of C channels.</param>
    /// <returns>(B, C, H, W), owned by the caller; null where the plain way must do it.</returns>
    public Tensor? TryNorm(Tensor x, Tensor skip, GroupNormTerms terms, Conv2dTerms shortcut)
    {
        var channels = x.shape[1] + skip.shape[1];
        return x.dim() == 4 && CanRun(x, terms.Activation) && CanRun(skip, terms.Activation) && x.shape[0] == skip.shape[0]
            && x.shape.AsSpan(2).SequenceEqual(skip.shape.AsSpan(2)) && terms.Weight.shape[0] == channels
            && shortcut is { Stride: 1, Padding: 0, Doubled: false } && shortcut.Weight.Shape.Skip(1).SequenceEqual([channels, 1, 1])
            && Serves(shortcut.Weight) && Serves(shortcut.Bias) && x.numel() / x.shape[1] is >= FewestRows and <= int.MaxValue
            ? Norm(x, skip, terms)
            : null;
    }

    /// <summary>A 1 x 1 convolution of two maps side by side that <see cref="TryNorm"/> accepted.</summary>
    /// <param name="x">(B, Cx, H, W). Not disposed.</param>
    /// <param name="skip">(B, C - Cx, H, W). Not disposed.</param>
    /// <param name="terms">What it is done with.</param>
    /// <returns>(B, Cout, H, W), owned by the caller.</returns>
    public static Tensor Shortcut(Tensor x, Tensor skip, Conv2dTerms terms)
    {
        using var scope = NewDisposeScope();
        var (rows, beside) = (PixelRows.Of(x), PixelRows.Of(skip));           // (B, H, W, Cx), (B, H, W, C - Cx)
        var channels = (int)terms.Weight.Shape[0];
        var result = Features.Empty(x.shape[0], x.shape[2], x.shape[3], channels); // (B, H, W, Cout)
        var source = Side(rows, beside);
        var finish = new Finish { Bias = terms.Bias is null ? null : PixelRows.Pointer(terms.Bias.Value), Scale = 1 };
        Gemm<V, S>.Multiply(
            source.CopyTo, (int)(x.numel() / x.shape[1]), source.Channels, PixelRows.Pointer(terms.Weight.Value), channels,
            PixelRows.Pointer(result), channels, finish);
        GC.KeepAlive((x, skip, terms));
        return PixelRows.ToFeatures(result).MoveToOuterDisposeScope();        // (B, Cout, H, W)
    }

    private static PixelSource Side(Tensor rows, Tensor? beside) => beside is null
        ? new(PixelRows.Pointer(rows), (int)rows.shape[^1])
        : new(PixelRows.Pointer(rows), (int)rows.shape[^1], PixelRows.Pointer(beside), (int)beside.shape[^1]);

    private static Tensor Norm(Tensor x, Tensor? skip, GroupNormTerms terms)
    {
        using var scope = NewDisposeScope();
        var rows = PixelRows.Of(x);                                           // (B, ..., C)
        var beside = skip is null ? null : PixelRows.Of(skip);
        var source = Side(rows, beside);
        var result = Features.Empty([.. rows.shape[..^1], source.Channels]); // (B, ..., C)
        var (scale, shift) = (Dense(terms.Scale), Dense(terms.Shift));        // (B, C)
        GroupNormRows<V, S>.Run(new()
        {
            X = source,
            Y = PixelRows.Pointer(result),
            Batch = (int)x.shape[0],
            Rows = rows.numel() / x.shape[0] / x.shape[1],
            Channels = source.Channels,
            Groups = (int)terms.Groups,
            Eps = terms.Eps,
            Gain = PixelRows.Pointer(terms.Weight),
            Offset = PixelRows.Pointer(terms.Bias),
            Scale = scale is null ? null : PixelRows.Pointer(scale),
            Shift = shift is null ? null : PixelRows.Pointer(shift),
            TimeStride = source.Channels,
            Activation = terms.Activation,
        });
        GC.KeepAlive((x, skip, terms));
        return PixelRows.ToFeatures(result).MoveToOuterDisposeScope();

        static Tensor? Dense(Tensor? time) => time?.flatten(1).contiguous();
    }

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Weight weight, Weight? bias, Tensor? residual) =>
        CanRun(x) && Serves(weight) && Serves(bias) && Serves(residual) ? Multiply(x, weight.Value, bias?.Value, residual) : null;

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Tensor weight, Tensor? bias) =>
        CanRun(x) && PixelRows.Serves(weight) && weight.is_contiguous() && Serves(bias) && bias?.is_contiguous() != false ? Multiply(x, weight, bias, null) : null;

    private static bool CanRun(Tensor x) => PixelRows.Serves(x) && x.shape[^1] > 0 && x.numel() / x.shape[^1] is >= FewestRows and <= int.MaxValue;

    private static Tensor? Multiply(Tensor x, Tensor weight, Tensor? bias, Tensor? residual)
    {
        var (depth, columns) = (weight.shape[1], weight.shape[0]);
        long[] shape = [.. x.shape[..^1], columns];
        if (x.shape[^1] != depth || (residual is not null && !residual.shape.AsSpan().SequenceEqual(shape)))
            return null;

        using var scope = NewDisposeScope();
        var rows = x.contiguous();                                            // (..., Din)
        var added = residual?.contiguous();                                   // (..., Dout)
        var result = Features.Empty(shape);                                   // (..., Dout)
        var finish = new Finish
        {
            Bias = bias is null ? null : PixelRows.Pointer(bias),
            Residual = added is null ? null : PixelRows.Pointer(added),
            ResidualStride = columns,
            Scale = 1,
        };
        Gemm<V, S>.Multiply(
            PixelRows.Pointer(rows), (int)(x.numel() / depth), (int)depth, PixelRows.Pointer(weight), (int)columns, PixelRows.Pointer(result), columns, finish);
        GC.KeepAlive((x, weight, bias, residual));
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor q, IReadOnlyList<(Tensor K, Tensor V)> sources, double scale)
    {
        if (!Fits(q) || q.shape[2] < FewestRows || !sources.All(s => Matches(s.K) && Matches(s.V) && s.K.shape[2] == s.V.shape[2]))
            return null;

        using var scope = NewDisposeScope();
        var shape = q.shape;
        var result = Features.Empty(shape[0], shape[2], shape[1], shape[3]).transpose(1, 2); // (B, N, S, K)
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

    private void Transformed<T>(Weight weight, Picture picture)
        where T : IWinogradTile
    {
        var bytes = WinogradWeights.BytesOf(weight, S.Width, T.Size);
        var kept = weight.Prepared((S.Width, T.Size), () =>
            budget.TryTake(bytes, picture.Matters) ? WinogradWeights.Create<V, S, T>(weight.Value, () => budget.Give(bytes)) : null);
        if (kept is not null)
        {
            Winograd<V, S, T>.Run(picture.X, picture.Shape, picture.Doubled, kept, picture.Y, picture.Channels, picture.Finish);
            return;
        }

        // Without room filters are transformed each time, those of some output channels after the other.
        var step = PartOf(picture.Channels, bytes);
        using var memory = new AlignedBuffer(bytes / sizeof(float) / (((picture.Channels + S.Width - 1) / S.Width) * S.Width) * (step + S.Width));
        for (var first = 0; first < picture.Channels;)
        {
            var left = picture.Channels - first;
            // A rest of less than a vector goes with what is before it.
            var count = left - step < S.Width ? left : step;
            using var part = WinogradWeights.Part<V, S, T>(weight.Value, first, count, memory);
            Winograd<V, S, T>.Run(picture.X, picture.Shape, picture.Doubled, part, picture.Y + first, picture.Channels, picture.Finish.At(0, first));
            first += count;
        }
    }

    // Output channels in parts of one size, whole panels each but for the last one.
    private static int PartOf(int channels, long bytes)
    {
        var panel = Panels.MostVectors * S.Width;
        var panels = (channels + panel - 1) / panel;
        var parts = (int)Math.Clamp((bytes + PartBytes - 1) / PartBytes, 1, panels);
        return (panels + parts - 1) / parts * panel;
    }

    /// <summary>A convolution by transformed filters: Cout is the number of channels.</summary>
    private readonly struct Picture(float* x, (int Count, int Height, int Width) shape, bool doubled, float* y, int channels, Finish finish, bool matters)
    {
        public float* X { get; } = x;

        public (int Count, int Height, int Width) Shape { get; } = shape;

        public bool Doubled { get; } = doubled;

        public float* Y { get; } = y;

        public int Channels { get; } = channels;

        public Finish Finish { get; } = finish;

        public bool Matters { get; } = matters;
    }
}
