namespace FloydSharp.Native;

/// <summary>Which native libraries this process loaded.</summary>
/// <param name="Libtorch">The full path of the <c>libtorch_cpu.so</c> in use.</param>
/// <param name="LibtorchCuda">The full path of <c>libtorch_cuda.so</c>; null when this libtorch has no CUDA.</param>
/// <param name="TorchSharp">The full path of TorchSharp's native library.</param>
/// <param name="IsPatched">True when that is the patched copy for systems with an older libstdc++ (<see cref="LibTorchSharpPatch"/>).</param>
/// <param name="IsChosen">True when <c>FLOYD_LIBTORCH</c> named this libtorch, false when the program brings it.</param>
public sealed record LoadedLibraries(string Libtorch, string? LibtorchCuda, string TorchSharp, bool IsPatched, bool IsChosen);
