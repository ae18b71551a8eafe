using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>The calls of cuBLASLt that FloydSharp makes itself, on the copy that libtorch loaded: products of 8-bit numbers that add to what is there, which libtorch does not offer.</summary>
/// <remarks>The numbers are those of <c>cublasLt.h</c> and <c>library_types.h</c>, versions 12 and 13.</remarks>
internal sealed unsafe class CublasLt
{
    private const int OutOfMemory = 3;

    private static readonly Lock _lock = new();
    private static CublasLt? _found;

    private readonly delegate* unmanaged<nint*, int> _create;
    private readonly delegate* unmanaged<nint*, int, int, int> _newProduct;
    private readonly delegate* unmanaged<nint, int, void*, nuint, int> _setProduct;
    private readonly delegate* unmanaged<nint, int> _freeProduct;
    private readonly delegate* unmanaged<nint*, int, ulong, ulong, long, int> _newLayout;
    private readonly delegate* unmanaged<nint, int> _freeLayout;
    private readonly delegate* unmanaged<nint*, int> _newPreference;
    private readonly delegate* unmanaged<nint, int, void*, nuint, int> _setPreference;
    private readonly delegate* unmanaged<nint, int> _freePreference;
    private readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtChoice*, int*, int> _choose;
    private readonly delegate* unmanaged<nint, nint, void*, nint, nint, nint, nint, void*, nint, nint, nint, nint, CublasLtChoice*, nint, nuint, nint, int> _multiply;
    private readonly nint _handle;

    private CublasLt(nint library)
    {
        nint Export(string name) => NativeLibrary.TryGetExport(library, name, out var address)
            ? address
            : throw new NativeLibraryException($"This cuBLASLt has no {name}.");
        _create = (delegate* unmanaged<nint*, int>)Export("cublasLtCreate");
        _newProduct = (delegate* unmanaged<nint*, int, int, int>)Export("cublasLtMatmulDescCreate");
        _setProduct = (delegate* unmanaged<nint, int, void*, nuint, int>)Export("cublasLtMatmulDescSetAttribute");
        _freeProduct = (delegate* unmanaged<nint, int>)Export("cublasLtMatmulDescDestroy");
        _newLayout = (delegate* unmanaged<nint*, int, ulong, ulong, long, int>)Export("cublasLtMatrixLayoutCreate");
        _freeLayout = (delegate* unmanaged<nint, int>)Export("cublasLtMatrixLayoutDestroy");
        _newPreference = (delegate* unmanaged<nint*, int>)Export("cublasLtMatmulPreferenceCreate");
        _setPreference = (delegate* unmanaged<nint, int, void*, nuint, int>)Export("cublasLtMatmulPreferenceSetAttribute");
        _freePreference = (delegate* unmanaged<nint, int>)Export("cublasLtMatmulPreferenceDestroy");
        _choose = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtChoice*, int*, int>)Export("cublasLtMatmulAlgoGetHeuristic");
        _multiply = (delegate* unmanaged<nint, nint, void*, nint, nint, nint, nint, void*, nint, nint, nint, nint, CublasLtChoice*, nint, nuint, nint, int>)Export("cublasLtMatmul");
        nint handle;
        Check(_create(&handle), "cublasLtCreate");
        _handle = handle;
    }

    /// <summary>cuBLASLt as it comes with the loaded libtorch; a context of the device must exist. It lives as long as the process.</summary>
    /// <exception cref="NativeLibraryException">There is none, or it is too old.</exception>
    public static CublasLt Open()
    {
        lock (_lock)
        {
            if (_found is not null)
                return _found;
            var path = (NativeLibraries.Loaded?.LibtorchCuda is null ? null : NativeLibraryFiles.Find("libcublasLt"))
                ?? throw new NativeLibraryException("There is no cuBLASLt beside libtorch.");
            return NativeLibrary.TryLoad(path, out var library)
                ? _found = new(library)
                : throw new NativeLibraryException($"{path} cannot be used.");
        }
    }

    /// <summary>A description of products that add in float32, to be given to <see cref="FreeProduct"/>.</summary>
    /// <param name="transposed">Whether the first factor is read transposed.</param>
    /// <param name="fast">Whether sums within a product of 8-bit numbers may stay in the tensor cores' own, shorter format.</param>
    public nint NewProduct(bool transposed, bool fast)
    {
        const int Float32 = 0, InFloat32 = 68, TransposesFirst = 3, FastSums = 25;
        nint product;
        Check(_newProduct(&product, InFloat32, Float32), "cublasLtMatmulDescCreate");
        int turned = transposed ? 1 : 0;
        var quick = (sbyte)(fast ? 1 : 0);
        Check(_setProduct(product, TransposesFirst, &turned, sizeof(int)), "cublasLtMatmulDescSetAttribute");
        Check(_setProduct(product, FastSums, &quick, sizeof(sbyte)), "cublasLtMatmulDescSetAttribute");
        return product;
    }

    /// <summary>Frees a product's description.</summary>
    public void FreeProduct(nint product) => _ = _freeProduct(product);

    /// <summary>A matrix whose columns lie one after the other, to be given to <see cref="FreeLayout"/>.</summary>
    /// <param name="type">What its numbers are.</param>
    /// <param name="rows">Numbers of a column.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="stride">Numbers from one column to the next.</param>
    public nint NewLayout(CublasLtType type, long rows, long columns, long stride)
    {
        nint layout;
        Check(_newLayout(&layout, (int)type, (ulong)rows, (ulong)columns, stride), "cublasLtMatrixLayoutCreate");
        return layout;
    }

    /// <summary>Frees a matrix's description.</summary>
    public void FreeLayout(nint layout) => _ = _freeLayout(layout);

    /// <summary>The kernel that cuBLASLt thinks fastest.</summary>
    /// <param name="product">The product.</param>
    /// <param name="a">The first factor.</param>
    /// <param name="b">The second factor.</param>
    /// <param name="y">The result, which is also what is added.</param>
    /// <param name="workspace">Bytes that the kernel may have beside them.</param>
    /// <returns>Null where it has none.</returns>
    public CublasLtChoice? Choose(nint product, nint a, nint b, nint y, long workspace)
    {
        const int MostWorkspace = 1, NotSupported = 15;
        nint preference;
        Check(_newPreference(&preference), "cublasLtMatmulPreferenceCreate");
        try
        {
            var bytes = (ulong)workspace;
            Check(_setPreference(preference, MostWorkspace, &bytes, sizeof(ulong)), "cublasLtMatmulPreferenceSetAttribute");
            CublasLtChoice choice;
            var count = 0;
            var status = _choose(_handle, product, a, b, y, y, preference, 1, &choice, &count);
            if (status == NotSupported || count == 0)
                return null;
            Check(status, "cublasLtMatmulAlgoGetHeuristic");
            return choice.Status == 0 ? choice : null;
        }
        finally
        {
            _ = _freePreference(preference);
        }
    }

    /// <summary>Launches y = alpha a b + beta y.</summary>
    public void Multiply(
        nint product, (nint Data, nint Layout) a, (nint Data, nint Layout) b, (nint Data, nint Layout) y, (float Alpha, float Beta) factors,
        CublasLtChoice choice, nint workspace, nint stream) =>
        Check(
            _multiply(_handle, product, &factors.Alpha, a.Data, a.Layout, b.Data, b.Layout, &factors.Beta, y.Data, y.Layout, y.Data, y.Layout,
                &choice, workspace, (nuint)choice.WorkspaceBytes, stream),
            "cublasLtMatmul");

    private static void Check(int status, string call)
    {
        if (status == OutOfMemory)
            throw new InsufficientMemoryException($"cuBLASLt found no memory at {call}.");
        if (status != 0)
            throw new NativeLibraryException($"cuBLASLt failed at {call} with status {status}.");
    }
}
