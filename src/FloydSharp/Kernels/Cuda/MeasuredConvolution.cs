namespace FloydSharp.Kernels.Cuda;

/// <summary>What measuring a convolution's plans gave.</summary>
/// <param name="Shape">The convolution.</param>
/// <param name="Plans">Each plan's tag, workspace in bytes and least time of a run, null where it failed; in cuDNN's order.</param>
/// <param name="Best">The fastest's index; null where all failed.</param>
/// <param name="Elapsed">What asking cuDNN, loading kernels and measuring took.</param>
internal sealed record MeasuredConvolution(
    ConvolutionShape Shape, IReadOnlyList<(string Tag, long WorkspaceBytes, double? Milliseconds)> Plans, int? Best, TimeSpan Elapsed);
