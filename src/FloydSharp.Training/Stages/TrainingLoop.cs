using System.Diagnostics;
using System.Globalization;
using FloydSharp.IO;
using FloydSharp.Training.Data;
using FloydSharp.Training.Optimization;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>Runs steps until the time is over; logs, writes checkpoints and sheets.</summary>
/// <param name="stage">What is trained. Not disposed.</param>
/// <param name="optimizer">Changes it. Not disposed.</param>
/// <param name="maker">Makes its batches.</param>
/// <param name="options">How the run goes.</param>
/// <param name="log">Where lines go.</param>
internal sealed class TrainingLoop(ITrainingStage stage, FlatAdamW optimizer, BatchMaker maker, LoopOptions options, TextWriter log)
{
    private readonly Stopwatch _clock = new();
    private readonly Stopwatch _waiting = new();
    private long _samples;
    private double _nextSheet;

    /// <summary>Mean of each loss over the last lines of the log, under the stage's names; empty before the first.</summary>
    public IReadOnlyDictionary<string, double> LastLosses { get; private set; } = new Dictionary<string, double>();

    /// <summary>Steps of this run.</summary>
    public long Steps { get; private set; }

    /// <summary>Runs.</summary>
    /// <param name="cancellation">Ends the run early, with a checkpoint.</param>
    public void Run(CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(options.Out);
        if (options.State is { } state && TrainingState.IsIn(state))
        {
            _samples = options.IsResumed
                ? TrainingState.Load(state, stage.Model, optimizer)
                : throw new FloydException($"{state} holds the state of an earlier run, which this one would replace; go on from it with --resume, or name another folder.");
        }

        Say($"{stage.Model.ParameterCount / 1e6:0.00} M parameters in {stage.Model.Slots.Count} weights, step {optimizer.Steps}, {_samples} samples, {options.Workers} data threads, {stage.Model.Device} {stage.Model.DType}");

        var batch = maker.Options.Batch;
        using var random = new RandomTensors((options.Seed * 1_000_003) + optimizer.Steps, stage.Model.Device);
        using var queue = new BatchQueue(maker, _samples / batch, options.Workers, ahead: 4);
        using var sums = zeros(stage.LossNames.Count + 1, ScalarType.Float32, stage.Model.Device);
        var current = Take(queue);
        _clock.Start();
        _waiting.Reset();
        _nextSheet = options.SheetMinutes;
        var (loggedSteps, loggedSeconds) = (0L, 0.0);
        while (!cancellation.IsCancellationRequested && _clock.Elapsed.TotalMinutes < options.Minutes && (options.MaxSteps <= 0 || Steps < options.MaxSteps))
        {
            if (Steps > 0 && Steps % options.Repeat == 0)
                current = Take(queue);
            Step(current, random, sums);
            Steps++;
            _samples += batch;
            if (Steps % options.LogEvery == 0 || Steps == 1)
            {
                Log(sums, Steps - loggedSteps, _clock.Elapsed.TotalSeconds - loggedSeconds);
                (loggedSteps, loggedSeconds) = (Steps, _clock.Elapsed.TotalSeconds);
            }

            if (options.SheetMinutes > 0 && _clock.Elapsed.TotalMinutes > _nextSheet && _clock.Elapsed.TotalMinutes < options.Minutes - 0.5)
            {
                _nextSheet += options.SheetMinutes;
                Save();
                loggedSeconds = _clock.Elapsed.TotalSeconds;
                loggedSteps = Steps;
                using var noGrad = no_grad();
                sums.zero_();
            }
        }

        _clock.Stop();
        Save();
        Say($"done: {Steps} steps, {_clock.Elapsed.TotalMinutes:0.0} min");
    }

    private TrainingBatch Take(BatchQueue queue)
    {
        _waiting.Start();
        var batch = queue.Take();
        _waiting.Stop();
        return batch;
    }

    private void Step(TrainingBatch batch, RandomTensors random, Tensor sums)
    {
        using var scope = NewDisposeScope();
        var progress = Math.Max(_clock.Elapsed.TotalMinutes / options.Minutes, options.MaxSteps > 0 ? Steps / (double)options.MaxSteps : 0);
        stage.Model.ZeroGradient();
        var losses = stage.Backward(batch, random);                        // (K)
        var norm = optimizer.Step(options.Rate.At(Steps, progress));
        using var noGrad = no_grad();
        sums.AddInPlace(cat([losses, norm.reshape(1)]));
    }

    /// <summary>The one place of a step that waits for the device.</summary>
    private void Log(Tensor sums, long steps, double seconds)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var values = sums.DividedBy(steps).cpu().data<float>().ToArray().Select(v => (double)v).ToArray();
        sums.zero_();
        string[] names = [.. stage.LossNames, "norm"];
        LastLosses = names.Zip(values).ToDictionary(p => p.First, p => p.Second);
        var waited = _waiting.Elapsed.TotalSeconds;
        _waiting.Reset();
        var rate = steps * maker.Options.Batch / Math.Max(seconds, 1e-9);
        var share = waited / Math.Max(seconds, 1e-9);
        Say($"step {optimizer.Steps} {_clock.Elapsed.TotalSeconds,6:0} s  {string.Join("  ", names.Zip(values, (n, v) => $"{n} {v:0.0000}"))}  {rate:0} images/s  wait {share:0%}");

        var csv = Path.Combine(options.Out, "training.csv");
        if (!File.Exists(csv))
            File.WriteAllText(csv, $"step,samples,seconds,{string.Join(',', names)},images_per_second,wait_share\n");
        string[] cells = [.. new[] { optimizer.Steps, _samples, _clock.Elapsed.TotalSeconds }.Concat(values).Concat([rate, share])
            .Select(v => v.ToString("0.######", CultureInfo.InvariantCulture))];
        File.AppendAllText(csv, string.Join(',', cells) + "\n");
    }

    private void Save()
    {
        var before = _clock.Elapsed.TotalSeconds;
        var watch = Stopwatch.StartNew();
        stage.Save(options.Out);
        if (options.State is { } state)
            TrainingState.Save(state, stage.Model, optimizer, _samples);
        try
        {
            var sheets = Directory.CreateDirectory(Path.Combine(options.Out, "sheets")).FullName;
            stage.WriteSheet(options.Out, Path.Combine(sheets, $"step-{optimizer.Steps:000000}.png"));
        }
        catch (FloydException e)
        {
            // A run of many minutes must not end for a picture.
            Say($"no sheet: {e.Message}");
        }

        Say($"saved {options.Out} in {watch.Elapsed.TotalSeconds:0.0} s at {before:0} s");
    }

    private void Say(string line)
    {
        log.WriteLine(line);
        log.Flush();
    }
}
