using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>A kernel that cuBLASLt offers for a product: <c>cublasLtMatmulHeuristicResult_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CublasLtChoice
{
    /// <summary>What only cuBLASLt reads: <c>cublasLtMatmulAlgo_t</c>.</summary>
    public fixed ulong Algorithm[8];

    /// <summary>Bytes that the kernel needs beside the matrices.</summary>
    public ulong WorkspaceBytes;

    /// <summary>0 where the kernel can run.</summary>
    public int Status;

    /// <summary>How often it fills the device.</summary>
    public float Waves;

    /// <summary>Without meaning.</summary>
    public fixed int Reserved[4];
}
