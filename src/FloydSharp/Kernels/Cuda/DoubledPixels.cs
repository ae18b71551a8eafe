using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// What turns a 3 x 3 convolution of repeated pixels into one of 2 x 2 of the pixels themselves, which does four ninths of the work:
/// each pixel of the result sees only 2 x 2 different ones, so that weights which meet the same one are added beforehand, with a
/// set of sums for each of the four places in a repeated pixel (Shi et al. 2016, arXiv:1609.07009).
/// </summary>
/// <param name="functions">The kernels (Rows.cu).</param>
internal sealed class DoubledPixels(CudaFunctions functions)
{
    private const int Sets = 4;

    /// <summary>The four sets of sums. They stay with weights that stay, and are made at each use of streamed ones.</summary>
    /// <param name="weight">(Cout, Cin, 3, 3). Not disposed.</param>
    /// <returns>(4 Cout, Cin, 2, 2), channels last, owned by the caller.</returns>
    public Tensor FiltersOf(Weight weight) =>
        weight.IsStreamed ? Sum(weight) : weight.Prepared("doubled", () => Sum(weight).DetachFromDisposeScope())!.alias();

    /// <summary>Puts the pixels that the four sets made in their places.</summary>
    /// <param name="sets">(B, H + 1, W + 1, 4 Cout), dense: of the pixels within a border of zeros. Not disposed.</param>
    /// <param name="bias">Added, (Cout); null for nothing. Not disposed.</param>
    /// <returns>(B, 2H, 2W, Cout), dense, owned by the caller.</returns>
    public Tensor Weave(Tensor sets, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var shape = sets.shape;
        var (height, width, channels) = (2 * (shape[1] - 1), 2 * (shape[2] - 1), shape[3] / Sets);
        var result = empty([shape[0], height, width, channels], sets.dtype, sets.device); // (B, 2H, 2W, Cout)
        var count = (int)(result.numel() / functions.Vector);
        functions.LaunchOver(functions.WeavePixels, count,
            [CudaFunctions.Pointer(sets), CudaFunctions.Pointer(bias), CudaFunctions.Pointer(result), count, (int)(channels / functions.Vector), (int)height, (int)width]);
        GC.KeepAlive((sets, bias));
        return result.MoveToOuterDisposeScope();
    }

    private Tensor Sum(Weight weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = PixelOrder.Rows(weight.Value);                             // (Cout, 3, 3, Cin)
        var (outputs, inputs) = (rows.shape[0], rows.shape[3]);
        var sums = empty([Sets * outputs, 2, 2, inputs], rows.dtype, rows.device); // (4 Cout, 2, 2, Cin)
        var count = (int)(sums.numel() / functions.Vector);
        functions.LaunchOver(functions.DoubleFilters, count,
            [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(sums), count, (int)outputs, (int)(inputs / functions.Vector)]);
        GC.KeepAlive(rows);
        return PixelOrder.Features(sums).MoveToOuterDisposeScope();           // (4 Cout, Cin, 2, 2)
    }
}
