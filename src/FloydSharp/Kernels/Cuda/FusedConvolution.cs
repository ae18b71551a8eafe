using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Convolutions in channels-last order by cuDNN, with kernels that were measured (<see cref="ConvolutionPlans"/>) where it can be had,
/// those of single pixels as products, with bias, residual and factor in one pass after them (Rows.cu).
/// </summary>
internal sealed class FusedConvolution(CudaFunctions functions) : IConv2dKernel
{
    private readonly ConvolutionPlans? _plans = ConvolutionPlans.For(functions.Device);
    private readonly DoubledPixels _doubled = new(functions);

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Conv2dTerms terms)
    {
        if (!CanRun(x, terms) || terms.Residual is { } added && !functions.Serves(added))
            return null;
        using var scope = NewDisposeScope();
        var rows = PixelOrder.Rows(x);                                        // (B, H, W, Cin)
        var residual = terms.Residual is null ? null : PixelOrder.Rows(terms.Residual); // (B, H', W', Cout)
        if (terms.Doubled)
        {
            return residual is null && terms.Scale == 1 && CanDouble(terms)
                ? PixelOrder.Features(Doubled(rows, terms, terms.Bias?.Value)).MoveToOuterDisposeScope() : null;
        }

        if (terms.Weight.Shape[0] % functions.Vector != 0)
        {
            if (residual is not null)
                return null;
            // Few channels come out where a model ends: what follows wants them in their own planes.
            return Convolve(rows, terms, terms.Bias?.Value).contiguous().MoveToOuterDisposeScope();
        }

        if (terms is { Residual: null, Scale: 1 } && IsProduct(terms))
            return PixelOrder.Features(Product(rows, terms)).MoveToOuterDisposeScope();
        var sum = PixelOrder.Rows(Convolve(rows, terms, null));               // (B, H', W', Cout)
        if (residual is not null && !residual.shape.AsSpan().SequenceEqual(sum.shape))
            return null;
        Finish(sum, terms.Bias?.Value, residual, terms.Scale, Resample.None);
        return PixelOrder.Features(sum).MoveToOuterDisposeScope();            // (B, Cout, H', W')
    }

    /// <summary>Whether features and weights are ones that the kernels serve.</summary>
    public bool CanRun(Tensor x, Conv2dTerms terms) =>
        functions.Serves(x) && x.dim() == 4 && x.shape[1] == terms.Weight.Shape[1] && Serves(terms);

    /// <summary>Whether weights are ones that the kernels serve.</summary>
    public bool Serves(Conv2dTerms terms) => Serves(terms.Weight) && (terms.Bias is null || Serves(terms.Bias));

    /// <summary>Convolves without what follows.</summary>
    /// <param name="rows">(B, H, W, Cin), dense. Not disposed.</param>
    /// <param name="terms">Weights, stride and padding. Not disposed.</param>
    /// <param name="bias">What cuDNN is to add, (Cout); null for nothing. Not disposed.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller.</returns>
    public Tensor Convolve(Tensor rows, Conv2dTerms terms, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var (padded, filters) = (Padded(rows), PaddedFilters(terms.Weight));  // (B, H, W, Cin'), (Cout, Cin', k, k)
        return Convolve(padded, filters, bias, terms.Stride, terms.Padding).MoveToOuterDisposeScope();
    }

    /// <summary>Whether <see cref="Doubled"/> can do it.</summary>
    public bool CanDouble(Conv2dTerms terms) => terms is { Stride: 1, Padding: 1 } && terms.Weight.Shape is [_, _, 3, 3]
        && terms.Weight.Shape[0] % functions.Vector == 0 && terms.Weight.Shape[1] % functions.Vector == 0;

    /// <summary>Convolves pixels that stand for 2 x 2 each, without forming these.</summary>
    /// <param name="rows">(B, H, W, Cin), dense. Not disposed.</param>
    /// <param name="terms">Of a convolution that <see cref="CanDouble"/> takes. Not disposed.</param>
    /// <param name="bias">Added, (Cout); null for nothing. Not disposed.</param>
    /// <returns>(B, 2H, 2W, Cout), dense, owned by the caller.</returns>
    public Tensor Doubled(Tensor rows, Conv2dTerms terms, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var filters = _doubled.FiltersOf(terms.Weight);                       // (4 Cout, Cin, 2, 2)
        var sets = PixelOrder.Rows(Convolve(rows, filters, null, 1, 1));      // (B, H + 1, W + 1, 4 Cout)
        return _doubled.Weave(sets, bias).MoveToOuterDisposeScope();          // (B, 2H, 2W, Cout)
    }

    private Tensor Convolve(Tensor rows, Tensor filters, Tensor? bias, long stride, long padding)
    {
        if (_plans?.TryConvolve(rows, filters, stride, padding) is not { } sum)
            return nn.functional.conv2d(PixelOrder.Features(rows), filters, bias, [stride, stride], [padding, padding]); // (B, Cout, H', W')
        return PixelOrder.Features(bias is null ? sum : sum.Plus(bias));      // (B, Cout, H', W')
    }

    /// <summary>A convolution of single pixels as a product, with its bias.</summary>
    /// <param name="rows">(B, H, W, C), dense. Not disposed.</param>
    /// <param name="terms">Of a convolution that <see cref="IsProduct"/>. Not disposed.</param>
    /// <param name="skip">Its further channels, (B, H, W, Cin - C), dense; null for none. Not disposed.</param>
    /// <returns>(B, H, W, Cout), owned by the caller.</returns>
    public static Tensor Product(Tensor rows, Conv2dTerms terms, Tensor? skip = null)
    {
        using var scope = NewDisposeScope();
        var matrix = terms.Weight.Value.flatten(1);                           // (Cout, Cin)
        if (skip is null)
            return Nn.Product.Linear(rows, matrix, terms.Bias?.Value).MoveToOuterDisposeScope();
        var own = rows.shape[3];
        var sum = nn.functional.linear(rows.flatten(0, 2), matrix.narrow(1, 0, own), terms.Bias?.Value); // (B H W, Cout)
        sum.addmm_(skip.flatten(0, 2), matrix.narrow(1, own, skip.shape[3]).t());
        return sum.view([.. rows.shape[..3], matrix.shape[0]]).MoveToOuterDisposeScope();
    }

    /// <summary>Whether each pixel is mapped by itself.</summary>
    public static bool IsProduct(Conv2dTerms terms) => terms is { Stride: 1, Padding: 0 } && terms.Weight.Shape[2] == 1;

    /// <summary>Adds bias and residual and multiplies, in place.</summary>
    /// <param name="sum">(B, H, W, C), dense. Overwritten.</param>
    /// <param name="bias">(C); null for nothing. Not disposed.</param>
    /// <param name="residual">(B, H, W, C), dense, or of the size before resampling; null for nothing. Not disposed.</param>
    /// <param name="scale">Factor on the sum.</param>
    /// <param name="resample">What brings the residual to the sum's size.</param>
    public void Finish(Tensor sum, Tensor? bias, Tensor? residual, double scale, Resample resample)
    {
        if (bias is null && residual is null && scale == 1)
            return;
        var shape = sum.shape;
        var (vectors, count) = ((int)(shape[3] / functions.Vector), (int)(sum.numel() / functions.Vector));
        if (resample == Resample.None || residual is null)
        {
            functions.LaunchOver(functions.Finish, count,
                [CudaFunctions.Pointer(sum), CudaFunctions.Pointer(bias), CudaFunctions.Pointer(residual), CudaFunctions.Pointer(sum), count, vectors, (float)scale]);
        }
        else
        {
            functions.LaunchOver(functions.FinishResampled, count,
                [CudaFunctions.Pointer(sum), CudaFunctions.Pointer(bias), CudaFunctions.Pointer(residual), CudaFunctions.Pointer(sum), count, vectors,
                 (int)shape[1], (int)shape[2], (int)residual.shape[1], (int)residual.shape[2], resample == Resample.Up ? 1 : 2, (float)scale]);
        }

        GC.KeepAlive((sum, bias, residual));
    }

    /// <summary>Turns a model's filters into the order in which cuDNN's faster kernels read them, in place.</summary>
    public static void Reorder(Weight weight)
    {
        if (!Usable(weight) || weight.IsStreamed || weight.Shape[2] == 1)
            return;
        using var scope = NewDisposeScope();
        weight.Fill(PixelOrder.Features(PixelOrder.Rows(weight.Value)));      // (Cout, Cin, k, k)
    }

    private bool Serves(Weight weight) => Usable(weight) && weight.DType == functions.DType;

    // Whether it is so is known without bringing a streamed weight in.
    private static bool Usable(Weight weight) => weight is { IsFilled: true, IsKeptCompact: false };

    // cuDNN's fast kernels take whole vectors of channels: pictures and latents get empty channels beside theirs.
    private Tensor Padded(Tensor rows)
    {
        var missing = Missing(rows.shape[3]);
        return missing == 0 ? rows.alias() : nn.functional.pad(rows, [0, missing]); // (B, H, W, Cin')
    }

    private Tensor PaddedFilters(Weight weight)
    {
        var missing = Missing(weight.Shape[1]);
        if (missing == 0)
            return weight is { IsStreamed: true } && weight.Shape[2] > 1 ? Turned(weight, 0) : weight.Value.alias();
        return weight.IsStreamed ? Turned(weight, missing) : weight.Prepared("padded", () => Turned(weight, missing).DetachFromDisposeScope())!.alias();
    }

    /// <summary>A copy of filters as <see cref="Reorder"/> leaves them, with empty input channels behind theirs.</summary>
    internal static Tensor Turned(Weight weight, long missing)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = PixelOrder.Rows(weight.Value);                             // (Cout, k, k, Cin)
        return PixelOrder.Features(missing == 0 ? rows : nn.functional.pad(rows, [0, missing])).MoveToOuterDisposeScope(); // (Cout, Cin', k, k)
    }

    private long Missing(long channels) => (functions.Vector - (channels % functions.Vector)) % functions.Vector;
}
