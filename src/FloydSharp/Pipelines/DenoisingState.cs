using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>A denoising run between two steps. What lies before its first step follows from the request and is not part of it. Owns its tensors.</summary>
/// <param name="NextStep">The number of the next step, from 0.</param>
/// <param name="Sample">The sample, (B, C, H, W), float32 on the CPU.</param>
/// <param name="Scheduler">What the scheduler remembers, on the CPU.</param>
/// <param name="Noise">The state of the noise, as <see cref="Noise.NoiseSource.GetState"/> gives it.</param>
public sealed record DenoisingState(int NextStep, Tensor Sample, SchedulerState Scheduler, ReadOnlyMemory<byte> Noise) : IDisposable
{
    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Sample.Dispose();
        Scheduler.Dispose();
    }
}
