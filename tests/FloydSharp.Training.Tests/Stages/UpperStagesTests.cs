using FloydSharp.IO.Tokenizers;
using FloydSharp.Noise;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Testing;
using FloydSharp.Training.Data;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Stages;
using FloydSharp.Training.Tokenizers;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Stages;

public sealed class UpperStagesTests(ITestOutputHelper output)
{
    [Fact]
    public void StageII_FewSteps_LossFallsAndCheckpointEnlarges()
    {
        using var folder = new TemporaryFolder();
        var vocabulary = new UnigramVocabulary(SquaresSource.Words);
        vocabulary.Save(folder.File("tokenizer"), maxLength: 16);
        var preset = CascadePreset.Tiny;
        using (var first = new StageITrainer(preset.TextEncoder with { VocabSize = vocabulary.Size }, preset.StageI, folder.File("tokenizer"), CPU, ScalarType.Float32, 1, NoiseWeights.Even))
            first.Save(folder.File("I"));
        using (var stage = new StageIITrainer(preset.StageII, folder.File("I"), crop: 32, CPU, ScalarType.Float32, 1, NoiseWeights.Even))
        {
            var losses = Run(stage, folder.File("II"), new()
            {
                Batch = 8,
                Side = preset.StageII.SampleSize!.Value,
                Tokenizer = T5Tokenizer.Load(folder.File("tokenizer")),
            }, steps: 60, logEvery: 29);
            Assert.True(losses["mse"] < 0.6, $"The loss is still {losses["mse"]}.");
        }

        using var pipeline = IFSuperResolutionPipeline.Load(folder.File("II"), new() { TextEncoderFolder = folder.File("I/text_encoder"), TokenizerFolder = folder.File("I/tokenizer") });
        using var noise = NoiseSource.FromSeed(3);
        using var small = zeros(1, 3, 16, 16);
        using var large = pipeline.Generate(small, ["a red square"], noise, new() { NumInferenceSteps = 2 });
        Assert.Equal([1, 3, 64, 64], large.shape);
        Assert.True(File.Exists(folder.File("II/sheets/step-000060.png")));
    }

    [Fact]
    public void VaeAndStageIII_FewSteps_LatentsVaryByOneAndCheckpointEnlarges()
    {
        using var folder = new TemporaryFolder();
        var preset = CascadePreset.Tiny;
        var batches = new BatchOptions { Batch = 8, Side = 128, Crop = 64, CropsPerPicture = 2 };
        using (var vae = new VaeTrainer(preset.Vae, new BatchMaker(new SquaresSource(), batches), CPU, ScalarType.Float32, 1, 3e-5))
        {
            var losses = Run(vae, folder.File("III"), batches, steps: 80, logEvery: 39);
            Assert.True(losses["l1"] < 0.35, $"The loss is still {losses["l1"]}.");
        }

        using (var vae = VaeTrainer.LoadFrozen(folder.File("III"), CPU, ScalarType.Float32))
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            using var latents = vae.Encode(new BatchMaker(new SquaresSource(), batches).Make(3).PixelsOn(CPU));
            var deviation = (latents.Mean * vae.Config.ScalingFactor).std().item<float>();
            output.WriteLine($"deviation of scaled latents {deviation:0.00}");
            Assert.InRange(deviation, 0.6, 1.5);
        }

        using (var again = new VaeTrainer(preset.Vae, new BatchMaker(new SquaresSource(), batches), CPU, ScalarType.Float32, 1, 3e-5))
        {
            again.Load(folder.File("III"));
            Assert.True(Run(again, folder.File("III"), batches, steps: 4, logEvery: 3)["l1"] < 0.4);
        }

        var vocabulary = new BytePairVocabulary(SquaresSource.Words, 560);
        vocabulary.Save(folder.File("clip"), 77);
        using (var stage = new StageIIITrainer(
            preset.ClipText with { VocabSize = vocabulary.Size }, preset.StageIII, folder.File("III"), folder.File("clip"), new SquaresSource(), CPU, ScalarType.Float32, 1))
        {
            var losses = Run(stage, folder.File("III"), batches with { Tokenizer = ClipTokenizer.Load(folder.File("clip")) }, steps: 60, logEvery: 29);
            Assert.True(losses["loss"] < 0.8, $"The loss is still {losses["loss"]}.");
        }

        using var pipeline = StableDiffusionUpscalePipeline.Load(folder.File("III"));
        using var noise = NoiseSource.FromSeed(3);
        using var small = zeros(1, 3, 16, 16);
        using var large = pipeline.Generate(small, ["a red square"], noise, new() { NumInferenceSteps = 2 });
        Assert.Equal([1, 3, 64, 64], large.shape);
    }

    private IReadOnlyDictionary<string, double> Run(ITrainingStage stage, string folder, BatchOptions batches, int steps, int logEvery)
    {
        using var optimizer = new FlatAdamW(stage.Model, new() { AverageDecay = 0.9 });
        var log = new StringWriter();
        var loop = new TrainingLoop(stage, optimizer, new BatchMaker(new SquaresSource(), batches), new()
        {
            Out = folder,
            MaxSteps = steps,
            Rate = new(4e-3, 5, 0.1),
            Workers = 1,
            LogEvery = logEvery,
            SheetMinutes = 0,
        }, log);
        loop.Run(TestContext.Current.CancellationToken);
        output.WriteLine(log.ToString());
        Assert.DoesNotContain("no sheet", log.ToString(), StringComparison.Ordinal);
        return loop.LastLosses;
    }
}
