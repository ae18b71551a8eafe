using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>What one denoising step gives; the caller owns both tensors.</summary>
/// <param name="PrevSample">The less noisy sample, (B, C, H, W), dtype of the sample passed in.</param>
/// <param name="PredOriginalSample">The clean image as predicted in this step, after clipping or thresholding, (B, C, H, W): good for previews. Read only: a multistep solver may still use its memory.</param>
public readonly record struct SchedulerStep(Tensor PrevSample, Tensor PredOriginalSample);
