using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

public sealed class CandidatesTests(ITestOutputHelper output)
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    [Fact]
    public void Generate_OfPickedCandidates_IsWhatStageTwoMakesOfThem()
    {
        using var folder = new TemporaryFolder();
        using var embeddings = Embeddings();
        using var cascade = Open();
        var request = Request(embeddings);
        using (var stage1 = cascade.Generate(request with { LastStage = 1 }, null, TestContext.Current.CancellationToken))
        {
            Assert.Single(stage1.Stages);
            using var made = Candidates.Of(stage1, embeddings);
            made.Save(folder.File("c.safetensors"));
        }

        using var candidates = Candidates.Load(folder.File("c.safetensors"));
        using var chosen = candidates.Pick([2, 1]);
        List<CascadeEvent> events = [];
        using var large = cascade.Generate(
            CascadeRequest.Enlarge(chosen) with { Stage2 = request.Stage2 }, new Recorder(events.Add), TestContext.Current.CancellationToken);

        Assert.Equal(3, candidates.Count);
        Assert.DoesNotContain(events.OfType<CascadeEvent.PhaseStarted>(), e => e.Stage is 0 or 1);
        using var scope = NewDisposeScope();
        using var pipeline = IFSuperResolutionPipeline.Load(Mini.Checkpoint("if-II"));
        using var noise = NoiseSource.PerImage([12, 11]);
        using var two = embeddings.Select([0, 0]);
        var small = candidates.Images.index_select(0, tensor(new long[] { 2, 1 }));
        var expected = pipeline.Generate(small, two, noise, request.Stage2, null, TestContext.Current.CancellationToken);
        TensorAssert.Close(expected, large.Stages[0].Images, 0, output, "picked");
        var info = large.Pictures[0].Info;
        Assert.Equal((2, 3, 12, "a test", "a style"), (info.Index, info.BatchSize, info.Seed, info.Prompt, info.StylePrompt));
        Assert.Equal([1, 2], info.Stages.Select(s => s.Stage));
        Assert.Equal([0.25, 0.5], info.Stages.Select(s => s.StyleMix));
    }

    [Fact]
    public void Generate_OfAllCandidates_IsWhatAWholeRunMakes()
    {
        using var embeddings = Embeddings();
        using var cascade = Open();
        var request = Request(embeddings);
        using var whole = cascade.Generate(request, null, TestContext.Current.CancellationToken);
        using var candidates = Candidates.Of(whole, embeddings);

        using var large = cascade.Generate(CascadeRequest.Enlarge(candidates) with { Stage2 = request.Stage2 }, null, TestContext.Current.CancellationToken);

        TensorAssert.Close(whole.Stages[1].Images, large.Stages[0].Images, 0, output, "all");
    }

    [Fact]
    public void Enlarge_WithoutStageOne_NeedsNoCheckpointOfIt()
    {
        using var embeddings = Embeddings();
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = Open();
            using var small = cascade.Generate(Request(embeddings) with { LastStage = 1 }, null, TestContext.Current.CancellationToken);
            using var candidates = Candidates.Of(small, embeddings);
            using var chosen = candidates.Pick([0]);
            using var later = IFCascade.Open(new() { Stage2 = Mini.Checkpoint("if-II") });
            using var large = later.Generate(CascadeRequest.Enlarge(chosen) with { Stage2 = new() { NumInferenceSteps = 1 } }, null, TestContext.Current.CancellationToken);
            Assert.Equal(4 * candidates.Images.shape[3], large.Stages[0].Images.shape[3]);
        });
    }

    [Fact]
    public void Pick_WhatIsNotThere_Throws()
    {
        using var embeddings = Embeddings();
        using var cascade = Open();
        using var small = cascade.Generate(Request(embeddings) with { LastStage = 1 }, null, TestContext.Current.CancellationToken);
        using var candidates = Candidates.Of(small, embeddings);

        Assert.Contains("there are 0 to 2", Assert.Throws<FloydException>(() => candidates.Pick([3])).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<FloydException>(() => candidates.Pick([1, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<FloydException>(() => candidates.Pick([]));
        Assert.Throws<FloydException>(() => cascade.Generate(CascadeRequest.Enlarge(candidates) with { LastStage = 1 }, null, TestContext.Current.CancellationToken));
        Assert.Throws<FloydException>(() => cascade.Generate(CascadeRequest.Enlarge(candidates) with { ImagesPerPrompt = 2, ImageSeeds = null }, null, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("embeddings only")]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("no json")]
    [InlineData("""[{"prompt": "a", "stages": null}]""")]
    [InlineData("""[{"prompt": "a"}, {"prompt": "b"}]""")]
    public void Load_DamagedFile_ThrowsAndLeaksNothing(string what)
    {
        using var folder = new TemporaryFolder();
        using var embeddings = Embeddings();
        var path = folder.File("c.safetensors");
        using var images = zeros(1, 3, 8, 8);
        if (what == "embeddings only")
            embeddings.Save(path);
        else if (what != "missing")
            TensorFile.Write(path, new Dictionary<string, Tensor> { ["stage1_images"] = images, ["prompt_embeds"] = embeddings.Positive }, new Dictionary<string, string> { ["floyd_candidates"] = what });

        TensorAssert.NoLeaks(() => Assert.Throws<FloydException>(() => Candidates.Load(path)));
    }

    [Fact]
    public void Generate_EndingBehindTheLastStage_Throws()
    {
        using var embeddings = Embeddings();
        using var cascade = Open();

        var error = Assert.Throws<FloydException>(() => cascade.Generate(Request(embeddings) with { LastStage = 3 }, null, TestContext.Current.CancellationToken));

        Assert.Contains("stages 1 to 2", error.Message, StringComparison.Ordinal);
    }

    private static IFCascade Open() => IFCascade.Open(new() { Stage1 = Mini.Checkpoint("if-I"), Stage2 = Mini.Checkpoint("if-II") });

    private static CascadeRequest Request(PromptEmbeddings embeddings) => new()
    {
        Embeddings = embeddings,
        ImagesPerPrompt = 3,
        ImageSeeds = [10, 11, 12],
        ReseedStages = true,
        Stage1 = new() { NumInferenceSteps = 2 },
        Stage2 = new() { NumInferenceSteps = 2 },
    };

    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        using var style = golden["prompt_embeds"].roll(1, 2);
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""], style.clone(), ["a style"]);
    }

    private sealed class Recorder(Action<CascadeEvent> record) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value) => record(value);
    }
}
