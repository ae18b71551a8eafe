using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>What a pipeline reports after each denoising step.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="StepCount">Number of steps of the run.</param>
/// <param name="Timestep">The timestep that was denoised.</param>
/// <param name="Sample">The sample after the step, (B, C, H, W), float32. Valid during the call only: clone what is to be kept.</param>
/// <param name="PredictedClean">
/// The clean sample as predicted at this step, (B, C, H, W), float32, around [-1, 1] for pixels. Valid during the call only.
/// </param>
public sealed record StepInfo(int Step, int StepCount, int Timestep, Tensor Sample, Tensor PredictedClean)
{
    /// <summary>How the UNet ran: "graph" where its pass was recorded and repeated, else "eager", and why where there is a reason.</summary>
    public string Pass { get; init; } = "eager";
}
