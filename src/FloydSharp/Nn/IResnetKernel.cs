using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way to compute a whole <see cref="ResnetBlock2D"/>.</summary>
internal interface IResnetKernel
{
    /// <summary>Runs the block, if this way serves these features; one that changes the size halves or doubles exactly.</summary>
    /// <param name="x">(B, Cin, H, W). Not disposed.</param>
    /// <param name="skip">Further channels of the input, (B, Cskip, H, W); null for none. Not disposed.</param>
    /// <param name="time">What the time embedding was mapped to, (B, Cout or 2 Cout); null for a block that is not told. Not disposed.</param>
    /// <param name="terms">The block.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller; null where the layers must do it.</returns>
    Tensor? TryRun(Tensor x, Tensor? skip, Tensor? time, ResnetTerms terms);
}

/// <summary>What a resnet block is made of.</summary>
/// <param name="Norm1">Before the first convolution.</param>
/// <param name="Conv1">The first convolution.</param>
/// <param name="Norm2">Before the second convolution.</param>
/// <param name="Conv2">The second convolution.</param>
/// <param name="Shortcut">What the residual passes; null for nothing.</param>
/// <param name="Options">What all blocks of the model share.</param>
/// <param name="Resample">Whether the block changes height and width.</param>
internal sealed record ResnetTerms(
    GroupNorm Norm1, Conv2d Conv1, GroupNorm Norm2, Conv2d Conv2, Conv2d? Shortcut, ResnetOptions Options, Resample Resample);
