using FloydSharp.Graphs;
using FloydSharp.IO;
using FloydSharp.Memory;
using FloydSharp.Models.UNet;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The loop that all pipelines share: predict, guide, step, report.</summary>
internal sealed class DenoisingLoop
{
    /// <summary>The UNet. Not owned.</summary>
    public required UNet2DConditionModel UNet { get; init; }

    /// <summary>The scheduler, its timesteps set.</summary>
    public required IScheduler Scheduler { get; init; }

    /// <summary>The part of the scheduler's timesteps that is run, its last ones; null runs all.</summary>
    public IReadOnlyList<int>? Timesteps { get; init; }

    /// <summary>Text states of [negative where guided, prompt, style where mixed], (B to 3B, T, D), in the UNet's dtype and device. Not owned.</summary>
    public required Tensor Text { get; init; }

    /// <summary>What is pooled and goes with the timestep in the place of <see cref="Text"/>, same shape; null for the text itself. Not owned.</summary>
    public Tensor? PooledText { get; init; }

    /// <summary>How much of the style is mixed in; null where <see cref="Text"/> has no part for it.</summary>
    public double? StyleMix { get; init; }

    /// <summary>Noise level per row of <see cref="Text"/>, int64, or null. Not owned.</summary>
    public Tensor? ClassLabels { get; init; }

    /// <summary>Channels put beside the sample before the UNet sees it, (B, C', H, W) float32, or null. Not owned.</summary>
    public Tensor? Condition { get; init; }

    /// <summary>Makes what <see cref="Condition"/> says anew at each step, for so many rows; null where it stays. What it gives is disposed here.</summary>
    public Func<int, Tensor>? FreshCondition { get; init; }

    /// <summary>What may change, (B, 1, H, W) bool; the rest of the sample stays as it starts. Null changes all. Not owned.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>w of classifier-free guidance.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>Draws the noise of the steps.</summary>
    public required INoiseSource Noise { get; init; }

    /// <summary>What each step is told.</summary>
    public StepOptions Steps { get; init; } = StepOptions.Default;

    /// <summary>Where the run keeps its state, and what it continues from; null for neither.</summary>
    public IDenoisingStore? Store { get; init; }

    /// <summary>Whether the UNet's passes are recorded; told the model and the number of passes.</summary>
    public Func<UNet2DConditionModel, int, GraphChoice> Graphs { get; init; } = GraphChoice.For;

    /// <summary>Denoises.</summary>
    /// <param name="start">The noisy sample, (B, C, H, W), float32 on the UNet's device. Not disposed.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The sample after the last step, float32; owned by the caller.</returns>
    public Tensor Run(Tensor start, IProgress<StepInfo>? progress, CancellationToken cancellation)
    {
        var timesteps = Timesteps ?? Scheduler.Timesteps;
        var (first, sample) = Begin(start, timesteps.Count);
        try
        {
            using var text = Within(() => UNet.Read(Text, PooledText), null);
            using var pace = StepPace.For(sample.device);
            using var times = new StepTimes(UNet, timesteps, text, ClassLabels);
            using var prediction = new StepPrediction(
                (input, time, fresh) => Predict(input, time, fresh, text), Graphs(UNet, timesteps.Count - first), KeyOf(sample))
            {
                Time = times.Of,
                Fresh = FreshCondition is null ? null : () => FreshCondition((int)(sample.shape[0] * Parts)),
            };
            for (var i = first; i < timesteps.Count; i++)
            {
                var (reached, now) = (i, sample);
                if (i > first)
                    Store?.Offer(cancellation.IsCancellationRequested, () => State(reached, now));
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                pace.Wait();
                var output = Within(() => prediction.Run(Scheduler.ScaleModelInput(now, timesteps[reached]), reached), prediction); // (B, C or 2C, H, W)
                var step = Scheduler.Step(output, timesteps[i], sample, Noise, Steps);
                var next = Mask is null ? step.PrevSample : MaskBlend.Apply(Mask, step.PrevSample, sample);
                progress?.Report(new(i, timesteps.Count, timesteps[i], next, step.PredOriginalSample) { Pass = prediction.Pass });
                sample.Dispose();
                sample = next.DetachFromDisposeScope();
                pace.Mark();
            }

            return sample;
        }
        catch
        {
            sample.Dispose();
            throw;
        }
        finally
        {
            HostMemory.Trim();
        }
    }

    // A continued run repeats what lies before the loop, so that only the loop's own state has to be kept.
    private (int First, Tensor Sample) Begin(Tensor start, int count)
    {
        using var kept = Store?.Continue();
        if (kept is null)
            return (0, start.alias().DetachFromDisposeScope());
        if (kept.NextStep < 0 || kept.NextStep > count || !kept.Sample.shape.AsSpan().SequenceEqual(start.shape) || kept.Sample.dtype != start.dtype)
            throw new FloydException($"The state that was kept is of step {kept.NextStep} and a sample [{string.Join(", ", kept.Sample.shape)}], which does not fit a run of {count} steps over [{string.Join(", ", start.shape)}]; start the run anew.");
        using var scope = NewDisposeScope();
        using var scheduler = new SchedulerState(kept.Scheduler.Position, [.. kept.Scheduler.Predictions.Select(p => p.to(start.device))]);
        Scheduler.SetState(scheduler);
        Source().SetState(kept.Noise.Span);
        return (kept.NextStep, kept.Sample.to(start.device, copy: true).DetachFromDisposeScope());
    }

    private DenoisingState State(int nextStep, Tensor sample)
    {
        using var scheduler = Scheduler.GetState();
        return new(nextStep, OnCpu(sample), scheduler with { Predictions = [.. scheduler.Predictions.Select(OnCpu)] }, Source().GetState());

        static Tensor OnCpu(Tensor tensor) => tensor.to(CPU, copy: true).DetachFromDisposeScope();
    }

    private IKeptNoise Source() => Noise as IKeptNoise
        ?? throw new FloydException("A run can only be kept and continued with noise from seeds; give a NoiseSource, or no store.");

    // Where memory runs out, it is computed again with less of the UNet on the device.
    private T Within<T>(Func<T> compute, StepPrediction? prediction)
    {
        while (true)
        {
            try
            {
                return compute();
            }
            catch (Exception e) when (OutOfMemory.Is(e))
            {
                prediction?.Stop("the memory ran out");
                if (!UNet.TryShrink())
                    throw new FloydException("The memory ran out, even with all of the UNet's weights streamed; make smaller or fewer pictures at once, or free memory on the device.", e);
            }
        }
    }

    // How often the sample stands in the UNet's batch: negative, prompt, style.
    private int Parts => (ClassifierFreeGuidance.IsOn(GuidanceScale) ? 2 : 1) + (StyleMix is null ? 0 : 1);

    private string KeyOf(Tensor sample) =>
        $"{UNet.GetType().Name} {UNet.Config.GetHashCode()} {Text.dtype} {Text.device} {string.Join('x', sample.shape)} {string.Join('x', Text.shape)} {GuidanceScale} {StyleMix}";

    // The same at each step but for what the tensors hold, and without waiting for the device: it may be recorded.
    private Tensor Predict(Tensor input, Tensor time, Tensor? fresh, UNetText text)
    {
        using var scope = NewDisposeScope();
        var guided = ClassifierFreeGuidance.IsOn(GuidanceScale);
        var channels = input.shape[1];

        if (Condition is not null)
            input = cat([input, Condition], dim: 1);                          // (B, C + C', H, W)
        if (fresh is not null)
            input = cat([cat([.. Enumerable.Repeat(input, Parts)]), fresh], dim: 1); // (B to 3B, C + C'', H, W)

        var output = UNet.forwardTold(input.to(Text.dtype), time, text).to(ScalarType.Float32); // (B to 3B, C or 2C, H, W)
        if (StyleMix is { } mix)
            output = ClassifierFreeGuidance.CombineStyle(output, guided, GuidanceScale, mix, channels);
        else if (guided)
            output = ClassifierFreeGuidance.Combine(output, GuidanceScale, channels);
        if (!Scheduler.UsesLearnedVariance && output.shape[1] > channels)
            output = output.narrow(1, 0, channels);                           // (B, C, H, W)
        return output.MoveToOuterDisposeScope();
    }
}
