using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Where a tensor's numbers lie.</summary>
internal static partial class TensorAddress
{
    /// <summary>The first element's address, on the tensor's device; valid while the tensor lives.</summary>
    public static nint Of(Tensor tensor) => DataOf(tensor.Handle);

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint DataOf(nint tensor);
}
