using FloydSharp.Noise;
using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// Runs the diffusion backwards: <see cref="SetTimesteps(int)"/> once, then for each of <see cref="Timesteps"/> the model
/// and <see cref="Step"/>. One instance serves one run at a time. Disposing frees what a run has left behind
/// (multistep solvers keep earlier predictions); the scheduler can be used again after that.
/// </summary>
public interface IScheduler : IDisposable
{
    /// <summary>What the scheduler was made from.</summary>
    SchedulerConfig Config { get; }

    /// <summary>The timesteps to visit, descending; before <see cref="SetTimesteps(int)"/> all training timesteps.</summary>
    IReadOnlyList<int> Timesteps { get; }

    /// <summary>Standard deviation of the noise a run starts from; 1 for all schedulers here.</summary>
    double InitNoiseSigma { get; }

    /// <summary>
    /// Whether <see cref="Step"/> needs the model's variance channels (DDPM with a learned variance). Where false, a
    /// pipeline drops them; a scheduler whose config says that the model learned them also accepts and ignores them.
    /// </summary>
    bool UsesLearnedVariance { get; }

    /// <summary>Chooses <paramref name="count"/> timesteps by the config's spacing and forgets any earlier run.</summary>
    /// <param name="count">Denoising steps, 1 to num_train_timesteps.</param>
    /// <exception cref="IO.FloydException">The count is out of range or the schedule has no room for it.</exception>
    void SetTimesteps(int count);

    /// <summary>Takes the timesteps as given, such as a list of <see cref="TimestepPresets"/>, and forgets any earlier run.</summary>
    /// <param name="custom">Strictly descending, each in [0, num_train_timesteps).</param>
    /// <exception cref="IO.FloydException">The list is not such a list, or this scheduler takes no list.</exception>
    void SetTimesteps(IReadOnlyList<int> custom);

    /// <summary>Scales the sample to what the model expects; the identity for all schedulers here.</summary>
    /// <param name="sample">(B, C, H, W). Not disposed.</param>
    /// <param name="timestep">One of <see cref="Timesteps"/>.</param>
    /// <returns>(B, C, H, W), owned by the caller; may share the sample's memory.</returns>
    Tensor ScaleModelInput(Tensor sample, int timestep);

    /// <summary>Goes from one timestep to the next.</summary>
    /// <param name="modelOutput">(B, C, H, W), or (B, 2C, H, W) with variance channels after the prediction; floating point. Not disposed.</param>
    /// <param name="timestep">One of <see cref="Timesteps"/>.</param>
    /// <param name="sample">The noisy sample, (B, C, H, W), unbounded around [-1, 1]. Not disposed.</param>
    /// <param name="noise">Noise for stochastic steps, drawn in the model output's dtype (sde-dpmsolver++: float32); null where no step draws any.</param>
    /// <param name="options">Per-step choices; null means the defaults.</param>
    /// <returns>Both tensors owned by the caller.</returns>
    /// <exception cref="IO.FloydException">The timestep is not in the schedule, shapes disagree, or noise is needed and absent.</exception>
    SchedulerStep Step(Tensor modelOutput, int timestep, Tensor sample, INoiseSource? noise, StepOptions? options = null);

    /// <summary>The forward process: a clean image brought to the noise level of a timestep.</summary>
    /// <param name="original">Clean images, (B, C, H, W), about [-1, 1]. Not disposed.</param>
    /// <param name="noise">Standard normal noise, (B, C, H, W). Not disposed.</param>
    /// <param name="timesteps">One per image, or one for all.</param>
    /// <returns>Noisy images, (B, C, H, W), dtype of <paramref name="original"/>, owned by the caller.</returns>
    /// <exception cref="IO.FloydException">A timestep is out of range or their number fits neither 1 nor B.</exception>
    Tensor AddNoise(Tensor original, Tensor noise, IReadOnlyList<int> timesteps);

    /// <summary>What the present run has left behind so far.</summary>
    /// <returns>Copies; owned by the caller.</returns>
    SchedulerState GetState();

    /// <summary>Continues a run where <see cref="GetState"/> was called. Set the same timesteps first.</summary>
    /// <param name="state">Copied. Not disposed.</param>
    /// <exception cref="IO.FloydException">No run of this scheduler and these timesteps can have left it.</exception>
    void SetState(SchedulerState state);
}
