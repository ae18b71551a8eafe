using System.Diagnostics;
using System.Globalization;
using FloydSharp.IO;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>Teaches the analyser on rendered scenes.</summary>
internal static class AnalyserTraining
{
    private const int WarmUp = 200;
    private const double MaxNorm = 5;

    // Fewer signs than the world has: things are harder to learn.
    private static readonly SceneOptions Mix = new() { TextShare = 0.35 };

    /// <summary>Trains until the time is over and writes the weights after each minute, each time whole: it may be killed.</summary>
    /// <param name="path">The weights' file; read first where it exists.</param>
    /// <param name="options">How long, how fast, how much at a time.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="log">Where losses go.</param>
    /// <exception cref="FloydException">The file belongs to another network.</exception>
    public static void Run(string path, AnalyserOptions options, Device device, TextWriter log)
    {
        if (device.type is DeviceType.CUDA)
            CudnnTuning.TryEnable();
        else
            set_num_threads(Math.Max(1, Environment.ProcessorCount - options.Workers / 2));

        using var net = new SceneNet();
        if (File.Exists(path))
            AnalyserWeights.Read(net, path);
        net.to(device);
        net.train();
        var parameters = net.parameters().ToArray();
        using var optimizer = optim.AdamW(parameters, options.Rate, weight_decay: 0.01);
        using var queue = new SceneQueue(Mix, options.Batch, options.FirstScene, options.Workers);
        using var sum = zeros([1], ScalarType.Float32, device);
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{parameters.Sum(p => p.numel()) / 1e6:f2} M parameters, {options.Batch} pictures per step, {options.Workers} drawing threads, {device}"));
        var (clock, waiting) = (Stopwatch.StartNew(), new Stopwatch());
        var (step, logged, nextLog, nextSave) = (0L, 0L, 0.25, 1.0);
        for (double passed; (passed = clock.Elapsed.TotalMinutes) < options.Minutes; step++)
        {
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = options.Rate * Math.Min(1, (step + 1.0) / WarmUp) * 0.5 * (1 + Math.Cos(Math.PI * passed / options.Minutes));
            waiting.Start();
            var labels = queue.Take();
            waiting.Stop();
            Step(net, parameters, optimizer, labels, sum, device);
            queue.Return(labels);
            if (passed < nextLog)
                continue;

            // Only here the host waits for the device.
            var loss = sum.item<float>() / (step + 1 - logged);
            using (no_grad())
                sum.zero_();
            log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{passed,6:f2} min  step {step + 1,6}  {(step + 1) * options.Batch,9} pictures  {(step + 1) * options.Batch / (passed * 60),6:f0}/s  waited {waiting.Elapsed / clock.Elapsed:p0}  loss {loss:f4}"));
            log.Flush();
            (logged, nextLog) = (step + 1, passed + 0.25);
            if (passed >= nextSave)
            {
                AnalyserWeights.Write(net, path);
                nextSave += 1;
            }
        }

        AnalyserWeights.Write(net, path);
        log.WriteLine($"{step} steps of {options.Batch} pictures");
    }

    private static void Step(SceneNet net, Tensor[] parameters, optim.Optimizer optimizer, SceneLabels labels, Tensor sum, Device device)
    {
        using var scope = NewDisposeScope();
        var loss = AnalyserLoss.Of(net, labels.On(device));
        optimizer.zero_grad();
        loss.backward();
        using var noGradient = no_grad();
        Clip(parameters);
        optimizer.step();
        sum.add_(loss.detach());
    }

    // torch's own clipping reads the norm on the host, which then waits for the device in each step.
    private static void Clip(Tensor[] parameters)
    {
        var gradients = parameters.Select(p => p.grad).OfType<Tensor>().ToArray();
        var norm = stack([.. gradients.Select(g => g.norm())]).norm();
        var factor = (MaxNorm / (norm + 1e-6)).clamp(max: 1);
        foreach (var gradient in gradients)
            gradient.mul_(factor);
    }
}
