using System.Collections.Concurrent;
using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>Teaches the analyser on rendered scenes.</summary>
internal static class AnalyserTraining
{
    // Fewer signs than the world has: things are harder to learn.
    private static readonly SceneOptions Mix = new() { TextShare = 0.35 };

    /// <summary>Trains until the time is over and writes the weights after each minute.</summary>
    /// <param name="path">The weights' file; read first where it exists.</param>
    /// <param name="minutes">Time to train.</param>
    /// <param name="rate">Highest learning rate; it falls to nothing along a half cosine.</param>
    /// <param name="batch">Pictures per step.</param>
    /// <param name="seed">First seed of the scenes.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="log">Where losses go.</param>
    public static void Run(string path, double minutes, double rate, int batch, int seed, Device device, TextWriter log)
    {
        using var net = new SceneNet();
        net.to(device);
        if (File.Exists(path))
            AnalyserWeights.Read(net, path);
        net.train();
        using var optimizer = optim.AdamW(net.parameters(), rate, weight_decay: 0.01);
        using var queue = new BlockingCollection<SceneLabels>(8);
        using var stop = new CancellationTokenSource();
        var draw = Task.WhenAll(Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount - 1)).Select(thread =>
            Task.Run(() => Draw(queue, batch, seed + (thread * 10_000_000 / Environment.ProcessorCount), stop.Token))));
        if (device.type is DeviceType.CPU)
            set_num_threads(1); // the convolutions are small: threads would wait for each other
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (step, mean, nextLog) = (0, 0.0, 0.5);
        for (double passed; (passed = clock.Elapsed.TotalMinutes) < minutes; step++)
        {
            using var scope = NewDisposeScope();
            var labels = queue.Take();
            var progress = passed / minutes;
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = rate * Math.Min(1, (step + 1) / 200.0) * 0.5 * (1 + Math.Cos(Math.PI * progress));
            var loss = AnalyserLoss.Of(net, labels, device);
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(net.parameters(), 5);
            optimizer.step();
            if (step % 10 == 0)
                mean = step == 0 ? loss.item<float>() : (0.9 * mean) + (0.1 * loss.item<float>());
            if (passed >= nextLog)
            {
                log.WriteLine($"{passed,6:f1} min  step {step,6}  {(long)step * batch / (passed * 60),6:f0} pictures/s  loss {mean:f4}");
                AnalyserWeights.Write(net, path);
                nextLog += 1;
            }
        }

        stop.Cancel();
        while (!draw.IsCompleted)
            queue.TryTake(out _, 10);
        AnalyserWeights.Write(net, path);
        log.WriteLine($"{step} steps of {batch} pictures, loss {mean:f4}");
    }

    private static void Draw(BlockingCollection<SceneLabels> queue, int batch, int seed, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var labels = new SceneLabels(batch);
            for (var i = 0; i < batch; i++)
                labels.Set(i, ReservedSeeds.Scene(seed++, Mix));
            try
            {
                queue.Add(labels, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
