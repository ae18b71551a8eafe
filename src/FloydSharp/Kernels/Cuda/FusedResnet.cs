using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Resnet blocks in six to seven launches beside the convolutions' own: each norm with the bias before and the activation and
/// halving after it, and the last sum, which resamples the residual as it reads it.
/// </summary>
internal sealed class FusedResnet(CudaFunctions functions, FusedNorm norm, FusedConvolution convolution) : IResnetKernel
{
    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Tensor? skip, Tensor? time, ResnetTerms terms)
    {
        var (conv1, conv2, shortcut, options) = (terms.Conv1.Terms(), terms.Conv2.Terms(), terms.Shortcut?.Terms(), terms.Options);
        var channels = conv1.Weight.Shape[0];
        if (!CanRun(x, skip, conv1, shortcut) || !convolution.Serves(conv2) || (shortcut is not null && !convolution.Serves(shortcut)) || !norm.Fits(conv1.Weight.Shape[1]) || !norm.Fits(channels) || CudaFunctions.NumberOf(options.Activation) is null
            || (terms.Resample != Resample.None && shortcut is not null) || (terms.Resample == Resample.Up && !convolution.CanDouble(conv1)) || (terms.Resample == Resample.Down && (x.shape[2] < 2 || x.shape[3] < 2))
            || (time is not null && !functions.Serves(time)))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var rows = PixelOrder.Rows(x);                                        // (B, H, W, Cx)
        var beside = skip is null ? null : PixelOrder.Rows(skip);             // (B, H, W, Cin - Cx)
        using var first = norm.Run(rows, terms.Norm1.Terms(null, null, options.Activation), null, null, terms.Resample == Resample.Down, beside); // (B, H, W, Cin), or half as high and wide
        var hidden = terms.Resample == Resample.Up ? convolution.Doubled(first, conv1, null) : Rows(first, conv1); // (B, H', W', Cout)

        var parts = time is not null && options.ScaleShift ? time.chunk(2, dim: 1) : null; // 2 x (B, Cout)
        var added = options.ScaleShift ? null : time;
        hidden = hidden.Then(h => norm.Run(h, terms.Norm2.Terms(parts?[0], parts?[1], options.Activation), conv1.Bias?.Value, added));
        var sum = hidden.Then(h => Rows(h, conv2));                           // (B, H', W', Cout)
        var residual = shortcut is null ? rows
            : FusedConvolution.IsProduct(shortcut) ? FusedConvolution.Product(rows, shortcut, beside)
            : Rows(rows, shortcut);                                           // (B, H, W, Cout)
        convolution.Finish(sum, conv2.Bias?.Value, residual, 1 / options.OutputScaleFactor, terms.Resample);
        return PixelOrder.Features(sum).MoveToOuterDisposeScope();            // (B, Cout, H', W')
    }

    // Two inputs need a product for a shortcut, and vectors that belong to one of them.
    private bool CanRun(Tensor x, Tensor? skip, Conv2dTerms conv1, Conv2dTerms? shortcut) =>
        skip is null ? convolution.CanRun(x, conv1)
        : functions.Serves(x) && functions.Serves(skip) && x.dim() == 4 && skip.dim() == 4 && convolution.Serves(conv1)
            && x.shape[1] + skip.shape[1] == conv1.Weight.Shape[1] && x.shape[1] % functions.Vector == 0 && skip.shape[1] % functions.Vector == 0
            && x.shape[0] == skip.shape[0] && x.shape[2] == skip.shape[2] && x.shape[3] == skip.shape[3]
            && shortcut is not null && FusedConvolution.IsProduct(shortcut);

    private Tensor Rows(Tensor rows, Conv2dTerms terms)
    {
        using var features = convolution.Convolve(rows, terms, null);
        return PixelOrder.Rows(features);
    }
}
