using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Resnet blocks over a skip connection: the first norm and the shortcut read both inputs where they lie, so that they are never
/// joined in memory. All else goes by the layers.
/// </summary>
/// <param name="kernels">The kernels of the layers.</param>
internal sealed class JoinedResnet<V, S>(CpuKernelSet<V, S> kernels) : IResnetKernel
    where V : struct
    where S : ISimd<V>
{
    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Tensor? skip, Tensor? time, ResnetTerms terms)
    {
        if (skip is null || terms.Shortcut is null || terms.Resample != Resample.None)
            return null;
        using var scope = NewDisposeScope();
        // The norm comes first: the shortcut's result need not be there while the first convolution computes.
        if (kernels.TryNorm(x, skip, terms.Norm1.Terms(null, null, terms.Options.Activation), terms.Shortcut.Terms()) is not { } normalised)
            return null;
        var hidden = normalised                                               // (B, Cin, H, W)
            .Then(terms.Conv1.forward)                                        // (B, Cout, H, W)
            .Then(h => ResnetBlock2D.TellTime(h, time, terms));               // (B, Cout, H, W)
        var residual = CpuKernelSet<V, S>.Shortcut(x, skip, terms.Shortcut.Terms()); // (B, Cout, H, W)
        return terms.Conv2.forward(hidden, residual, 1 / terms.Options.OutputScaleFactor).MoveToOuterDisposeScope();
    }
}
