using FloydSharp.Cascade;
using FloydSharp.Memory;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Testing;
using TorchSharp;
using Xunit;

namespace FloydSharp.Tests.Cascade;

/// <summary>Resident memory belongs to the process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(CascadeMemoryTests), DisableParallelization = true)]
[Collection(nameof(CascadeMemoryTests))]
public sealed class CascadeMemoryTests(ITestOutputHelper output)
{
    private const int Runs = 100;

    [Fact]
    public void Generate_AHundredTimes_GrowsNeitherTensorsNorMemory()
    {
        var mini = GoldenFolder.All[0];
        using var golden = GoldenTensors.Load(mini.FileOf("encode_prompt.safetensors"));
        using var embeddings = new PromptEmbeddings(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone());
        var options = new CascadeOptions { Stage1 = mini.Checkpoint("if-I"), Stage2 = mini.Checkpoint("if-II") };
        var request = new CascadeRequest { Embeddings = embeddings, Stage1 = new() { NumInferenceSteps = 1 }, Stage2 = new() { NumInferenceSteps = 1 } };
        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var cascade = IFCascade.Open(options);
                cascade.Generate(request, null, TestContext.Current.CancellationToken).Dispose();
            }
        }

        // A run that kept its tensors would hold about 4 MiB of weights and activations: 400 MiB in a hundred.
        AssertDoesNotGrow(Run, warmUp: 20, allowedMebibytes: 40);
    }

    [Fact]
    public void GenerateStage3_AHundredTimes_GrowsNeitherTensorsNorMemory()
    {
        var golden = GoldenFolder.All[0].Cases.First(c => c.Kind == nameof(StableDiffusionUpscalePipeline));
        using var embeddings = new GoldenArguments(golden).Embeddings();
        Assert.NotNull(embeddings);
        using var image = torch.zeros(embeddings.Count, 3, 8, 8);
        var options = new StableDiffusionUpscaleOptions { NumInferenceSteps = 1 };
        using var pipeline = StableDiffusionUpscalePipeline.Load(golden.Folder.Checkpoint("x4"));

        // The models stay in memory here, so that what grows is what runs leave behind.
        AssertDoesNotGrow(times =>
        {
            for (var i = 0; i < times; i++)
            {
                using var noise = NoiseSource.FromSeed(i);
                pipeline.Generate(image, embeddings, noise, options, null, TestContext.Current.CancellationToken).Dispose();
            }
        }, warmUp: Runs, allowedMebibytes: 15);
    }

    private void AssertDoesNotGrow(Action<int> run, int warmUp, double allowedMebibytes)
    {
        run(warmUp);
        var before = Resident();
        TensorAssert.NoLeaks(() => run(Runs));
        var grown = Resident() - before;

        output.WriteLine($"resident memory grew by {grown:f1} MiB in {Runs} runs");
        Assert.True(grown < allowedMebibytes, $"Resident memory grew by {grown:f1} MiB in {Runs} runs.");
    }

    private static double Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        HostMemory.Trim();
        return ProcessMemory.Read().Resident / 1048576.0;
    }
}
