using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Products of rows with rows by cuBLASLt: y (R, D) = alpha x (R, T) w (D, T)^T, plus y where it adds; summed in float32, rounded to
/// y's dtype. One object is for one shape.
/// </summary>
internal sealed class RowProduct : IDisposable
{
    private const long MostWorkspace = 4 << 20;

    private readonly CublasLt _library = CublasLt.Open();
    private readonly nint _product;
    private readonly nint _w;
    private readonly nint _x;
    private readonly nint _y;
    private readonly CublasLtChoice? _choice;

    /// <summary>Asks for a kernel.</summary>
    /// <param name="rows">R.</param>
    /// <param name="depth">T, a multiple of 16.</param>
    /// <param name="width">D, a multiple of 16.</param>
    /// <param name="strides">Numbers from row to row of x and of w, multiples of 16.</param>
    /// <param name="dtype">y's dtype, of 16 bits, and that of x and w unless they are of 8.</param>
    /// <param name="eightBits">Whether x and w are float8 (e4m3).</param>
    public RowProduct(long rows, long depth, long width, (long X, long W) strides, ScalarType dtype, bool eightBits)
    {
        var wide = dtype == ScalarType.BFloat16 ? CublasLtType.BFloat16 : CublasLtType.Float16;
        var type = eightBits ? CublasLtType.Float8E4M3 : wide;
        // What lies row by row is the transposed matrix to who reads columns, so y^T = w x^T. Sums in the tensor cores' own
        // format, which is shorter than float32, were ten times further off, and no faster.
        _product = _library.NewProduct(transposed: true, fast: false);
        _w = _library.NewLayout(type, depth, width, strides.W);
        _x = _library.NewLayout(type, depth, rows, strides.X);
        _y = _library.NewLayout(wide, width, rows, width);
        _choice = _library.Choose(_product, _w, _x, _y, MostWorkspace);
    }

    /// <summary>Whether cuBLASLt has a kernel for it.</summary>
    public bool IsThere => _choice is not null;

    /// <summary>Bytes that <see cref="Run"/> needs beside the matrices.</summary>
    public long WorkspaceBytes => (long)(_choice?.WorkspaceBytes ?? 0);

    /// <summary>Launches it.</summary>
    /// <param name="x">(R, T): where it begins.</param>
    /// <param name="w">(D, T): where it begins.</param>
    /// <param name="y">(R, D), dense: where it begins.</param>
    /// <param name="alpha">What the product is multiplied with.</param>
    /// <param name="adds">Whether it is added to y or takes its place.</param>
    /// <param name="workspace">So many bytes as it needs.</param>
    /// <param name="stream">Where.</param>
    public void Run(nint x, nint w, nint y, float alpha, bool adds, nint workspace, nint stream) =>
        _library.Multiply(_product, (w, _w), (x, _x), (y, _y), (alpha, adds ? 1 : 0), _choice!.Value, workspace, stream);

    /// <inheritdoc/>
    public void Dispose()
    {
        _library.FreeProduct(_product);
        foreach (var layout in new[] { _w, _x, _y })
            _library.FreeLayout(layout);
    }
}
