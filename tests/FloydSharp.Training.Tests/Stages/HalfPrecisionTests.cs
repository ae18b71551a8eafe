using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using FloydSharp.Training.Data;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Stages;
using FloydSharp.Training.Tokenizers;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Stages;

/// <summary>On a GPU the layers compute in bfloat16; the same code must run so on a CPU.</summary>
public sealed class HalfPrecisionTests(ITestOutputHelper output)
{
    [Fact]
    public void Backward_StageIInBFloat16_GradientPointsWhereFloat32sDoes()
    {
        using var folder = new TemporaryFolder();
        using var exact = Gradient(folder, ScalarType.Float32);
        using var rounded = Gradient(folder, ScalarType.BFloat16);
        using var scope = NewDisposeScope();
        var cosine = ((exact * rounded).sum() / (exact.norm() * rounded.norm())).item<float>();
        output.WriteLine($"cosine {cosine:0.0000}");
        Assert.InRange(cosine, 0.98, 1.0001);
    }

    [Fact]
    public void Backward_UpperStagesInBFloat16_GivesFiniteLosses()
    {
        using var folder = new TemporaryFolder();
        Gradient(folder, ScalarType.Float32, folder.File("I")).Dispose();
        var preset = CascadePreset.Tiny;
        using var random = new RandomTensors(1, CPU);
        using (var stage = new StageIITrainer(preset.StageII, folder.File("I"), 32, CPU, ScalarType.BFloat16, 1, NoiseWeights.Even))
            CheckFinite(stage, new() { Batch = 2, Side = 64, Tokenizer = T5Tokenizer.Load(folder.File("tokenizer")) }, random);
        var squares = new BatchOptions { Batch = 2, Side = 128, Crop = 64 };
        using (var vae = new VaeTrainer(preset.Vae, new BatchMaker(new SquaresSource(), squares), CPU, ScalarType.Float32, 1, 1e-5))
            vae.Save(folder.File("III"));
        var vocabulary = new BytePairVocabulary(SquaresSource.Words, 560);
        vocabulary.Save(folder.File("clip"), 77);
        using (var stage = new StageIIITrainer(
            preset.ClipText with { VocabSize = vocabulary.Size }, preset.StageIII, folder.File("III"), folder.File("clip"), new SquaresSource(), CPU, ScalarType.BFloat16, 1))
            CheckFinite(stage, squares with { Tokenizer = ClipTokenizer.Load(folder.File("clip")) }, random);
    }

    private static void CheckFinite(ITrainingStage stage, BatchOptions options, RandomTensors random)
    {
        using var losses = stage.Backward(new BatchMaker(new SquaresSource(), options).Make(0), random);
        Assert.True(losses.isfinite().all().item<bool>());
        Assert.True(stage.Model.Gradient.isfinite().all().item<bool>());
        Assert.True(stage.Model.Gradient.to(ScalarType.Float32).abs().sum().item<float>() > 0);
    }

    private static Tensor Gradient(TemporaryFolder folder, ScalarType dtype, string? save = null)
    {
        var vocabulary = new UnigramVocabulary(SquaresSource.Words);
        vocabulary.Save(folder.File("tokenizer"), maxLength: 16);
        var preset = CascadePreset.Tiny;
        using var stage = new StageITrainer(preset.TextEncoder with { VocabSize = vocabulary.Size }, preset.StageI, folder.File("tokenizer"), CPU, dtype, 5, NoiseWeights.Even);
        using var random = new RandomTensors(3, CPU);
        using var losses = stage.Backward(new BatchMaker(new SquaresSource(), new() { Batch = 4, Side = 16, Tokenizer = T5Tokenizer.Load(folder.File("tokenizer")) }).Make(0), random);
        if (save is not null)
            stage.Save(save);
        return stage.Model.Gradient.to(ScalarType.Float32, copy: true);
    }
}
