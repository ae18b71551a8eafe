using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

/// <summary>A picture's result does not depend on the pictures that are made with it.</summary>
public sealed class PerPictureTests(ITestOutputHelper output)
{
    public static TheoryData<GoldenFolder> Folders => [.. GoldenFolder.All];

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void GenerateAll_PicturesAmongOthers_AreTheBytesTheyAreAlone(GoldenFolder folder)
    {
        using var embeddings = Several(folder);
        var options = new CascadeOptions { Stage1 = folder.Checkpoint("if-I"), Stage2 = folder.Checkpoint("if-II") };
        var all = Request(embeddings);
        var together = Run(options, all.PerPicture());
        Assert.Equal(2 * embeddings.Count, together.Count);

        foreach (var (one, number) in all.PerPicture().Select((r, i) => (r, i)))
        {
            var alone = Run(options, [one]);
            Assert.Equal(together.Where(p => p.Request == number).Select(p => (p.Json, p.Pixels)), alone.Select(p => (p.Json, p.Pixels)));
        }
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Generate_BatchWithASeedPerImage_IsTheSameButForTheLastBits(GoldenFolder folder)
    {
        using var embeddings = Several(folder);
        using var cascade = IFCascade.Open(new() { Stage1 = folder.Checkpoint("if-I") });
        var request = Request(embeddings) with { ImageSeeds = [.. Enumerable.Range(3, embeddings.Count).Select(s => (long)s)] };
        using var batch = cascade.Generate(request, null, TestContext.Current.CancellationToken);
        var worst = 0.0;
        foreach (var (one, row) in request.PerPicture().Select((r, i) => (r, i)))
        {
            using var alone = cascade.Generate(one, null, TestContext.Current.CancellationToken);
            using var same = batch.Stages[0].Images.narrow(0, row, 1);
            worst = Math.Max(worst, TensorAssert.MaxAbsoluteError(alone.Stages[0].Images, same));
        }

        output.WriteLine($"{folder}: largest difference {worst:g3}");
        Assert.True(worst < 1e-3);
    }

    [Fact]
    public void GenerateAll_ManyRequests_LoadsEachModelOnce()
    {
        var folder = GoldenFolder.All[0];
        using var embeddings = Several(folder);
        using var cascade = IFCascade.Open(new() { Stage1 = folder.Checkpoint("if-I"), Stage2 = folder.Checkpoint("if-II") });
        List<string> loads = [];
        List<(int Done, int Total)> steps = [];
        cascade.GenerateAll([.. Enumerable.Range(0, 20).Select(i => Request(embeddings) with { Seed = i }).SelectMany(r => r.PerPicture())], new Recorder(e =>
        {
            if (e is CascadeEvent.PhaseStarted { Phase: CascadePhase.Load } load)
                loads.Add($"{load.Stage} {load.Component}");
            if (e is CascadeEvent.Stepped { Stage: 1 } step)
                steps.Add((step.Done, step.Total));
        }), null, TestContext.Current.CancellationToken);
        Assert.Equal(["1 unet", "1 safety_checker", "2 unet", "2 safety_checker"], loads);
        var total = 2 * 20 * embeddings.Count;
        Assert.Equal(Enumerable.Range(1, total).Select(i => (i, total)), steps);
    }

    [Fact]
    public void GenerateAll_WithoutSafetyChecker_GivesPicturesAsTheyCome()
    {
        var folder = GoldenFolder.All[0];
        using var embeddings = Several(folder);
        using var cascade = IFCascade.Open(new() { Stage1 = folder.Checkpoint("if-I"), SafetyChecker = false });
        List<string> order = [];
        cascade.GenerateAll([Request(embeddings), Request(embeddings) with { Seed = 2 }], new Recorder(e => order.Add(e switch
        {
            CascadeEvent.StageFinished finished => $"finished {finished.Request}",
            CascadeEvent.Stepped { Step.Step: 1 } step => $"stepped {step.Request}",
            _ => "",
        })), null, TestContext.Current.CancellationToken);
        Assert.Equal(["stepped 0", "finished 0", "stepped 1", "finished 1"], order.Where(o => o.Length > 0));
    }

    [Fact]
    public void PerPicture_Seeds_CountUpWithinEachPrompt()
    {
        var request = new CascadeRequest { Prompts = ["a", "b"], NegativePrompts = ["no"], Seed = 5, ImagesPerPrompt = 2 };
        Assert.Equal([("a", 5), ("a", 6), ("b", 5), ("b", 6)], request.PerPicture().Select(r => (r.Prompts[0], r.Seed)));
        Assert.All(request.PerPicture(), r => Assert.Equal(["no"], r.NegativePrompts));
        Assert.Equal([4, 3, 2, 1], (request with { ImageSeeds = [4, 3, 2, 1] }).PerPicture().Select(r => r.Seed));
        Assert.Equal(long.MinValue, (request with { Seed = long.MaxValue }).PerPicture()[1].Seed);
        Assert.Throws<FloydException>(() => (request with { NegativePrompts = ["1", "2", "3"] }).PerPicture());
    }

    private static PromptEmbeddings Several(GoldenFolder folder)
    {
        using var golden = GoldenTensors.Load(folder.FileOf("encode_prompt.safetensors"));
        using var scope = NewDisposeScope();
        var positive = golden["prompt_embeds"].narrow(0, 0, 1);
        return new(cat([positive, positive * 0.5, positive.flip(1)]), golden["negative_prompt_embeds"].narrow(0, 0, 1).repeat(3, 1, 1), ["one", "half", "turned"], ["", "", ""]);
    }

    private static CascadeRequest Request(PromptEmbeddings embeddings) => new()
    {
        Embeddings = embeddings,
        Seed = 5,
        Stage1 = new() { NumInferenceSteps = 2 },
        Stage2 = new() { NumInferenceSteps = 2 },
    };

    private static List<(int Request, string Json, string Pixels)> Run(CascadeOptions options, IReadOnlyList<CascadeRequest> requests)
    {
        List<(int, string, string)> made = [];
        using var cascade = IFCascade.Open(options);
        cascade.GenerateAll(requests, new Recorder(e =>
        {
            if (e is CascadeEvent.StageFinished finished)
                made.AddRange(finished.Result.Pictures.Select(p => (finished.Request, p.Info.ToJson(), Convert.ToHexString(p.Picture.Image.Pixels) + Convert.ToHexString(finished.Result.Images.bytes))));
        }), null, TestContext.Current.CancellationToken);
        return made;
    }

    private sealed class Recorder(Action<CascadeEvent> record) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value) => record(value);
    }
}
