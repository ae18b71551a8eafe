using FloydSharp.IO.Tokenizers;
using FloydSharp.Noise;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using FloydSharp.Training.Data;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Stages;
using FloydSharp.Training.Tokenizers;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Stages;

public sealed class StageITrainerTests(ITestOutputHelper output)
{
    private const int Side = 16, Batch = 16;

    [Fact]
    public void Run_EightFixedScenes_LossFallsCheckpointLoadsAndResumes()
    {
        using var folder = new TemporaryFolder();
        double first, last;
        using (var stage = Create(folder))
        {
            first = MeanLoss(stage, folder);
            last = Run(stage, folder, steps: 100)["mse"];
        }

        output.WriteLine($"mse before {first:0.000}, after {last:0.000}");
        Assert.InRange(first, 0.8, 1.3);
        Assert.True(last < 0.35 * first, $"The loss fell from {first} to {last} only.");

        using (var pipeline = IFPipeline.Load(folder.Path))
        {
            using var noise = NoiseSource.FromSeed(3);
            using var images = pipeline.Generate(["a red square on green ground"], noise, new() { NumInferenceSteps = 4 });
            Assert.Equal([1, 3, Side, Side], images.shape);
            Assert.True(images.isfinite().all().item<bool>());
        }

        using (var again = Create(folder))
        {
            again.Load(folder.Path);
            var resumed = Run(again, folder, steps: 12)["mse"];
            output.WriteLine($"mse after going on {resumed:0.000}");
            Assert.True(resumed < 1.3 * last, $"The loss was {last} before and {resumed} after going on.");
        }

        Assert.True(File.Exists(folder.File("sheets/step-000100.png")));
        Assert.StartsWith("step,samples,seconds,loss,mse,vlb,norm,", File.ReadLines(folder.File("training.csv")).First(), StringComparison.Ordinal);
    }

    private static StageITrainer Create(TemporaryFolder folder)
    {
        var vocabulary = new UnigramVocabulary(SquaresSource.Words);
        vocabulary.Save(folder.File("tokenizer"), maxLength: 16);
        var preset = CascadePreset.Tiny;
        return new(preset.TextEncoder with { VocabSize = vocabulary.Size }, preset.StageI, folder.File("tokenizer"), CPU, ScalarType.Float32, seed: 5, NoiseWeights.Even);
    }

    private static BatchMaker Maker(TemporaryFolder folder) => new(new SquaresSource(), new()
    {
        Batch = Batch,
        Side = Side,
        Tokenizer = T5Tokenizer.Load(folder.File("tokenizer")),
    });

    private static double MeanLoss(StageITrainer stage, TemporaryFolder folder)
    {
        using var random = new RandomTensors(9, CPU);
        using var parts = stage.Backward(Maker(folder).Make(0, TestContext.Current.CancellationToken), random);
        return parts[1].item<float>();
    }

    private IReadOnlyDictionary<string, double> Run(StageITrainer stage, TemporaryFolder folder, int steps)
    {
        using var optimizer = new FlatAdamW(stage.Model, new() { AverageDecay = 0.9 });
        var log = new StringWriter();
        var loop = new TrainingLoop(stage, optimizer, Maker(folder), new()
        {
            Out = folder.Path,
            MaxSteps = steps,
            Rate = new(3e-3, 10, 0.1),
            Workers = 1,
            LogEvery = Math.Min(steps - 1, 33),
            SheetMinutes = 0,
        }, log);
        loop.Run(TestContext.Current.CancellationToken);
        output.WriteLine(log.ToString());
        return loop.LastLosses;
    }
}
