using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

public sealed class IFCascadeTests(ITestOutputHelper output) : IDisposable
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Generate_TwoStages_HandsTensorsOnAndTellsPhases()
    {
        using var cascade = Open();
        using var embeddings = Embeddings();
        List<CascadeEvent> events = [];

        using var result = cascade.Generate(Request(embeddings), new Recorder(events), TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], result.Stages.Select(s => s.Stage));
        Assert.Equal([2, 3, 32, 32], result.Stages[0].Images.shape);
        Assert.Equal([2, 3, 64, 64], result.Stages[1].Images.shape);
        Assert.All(result.Pictures, p => Assert.Equal((64, 64), (p.Picture.Image.Width, p.Picture.Image.Height)));
        Assert.Equal(
            ["Load unet", "Denoise unet", "Load safety_checker", "Finish pictures", "Load unet", "Denoise unet", "Load safety_checker", "Finish pictures"],
            events.OfType<CascadeEvent.PhaseStarted>().Select(e => $"{e.Phase} {e.Component}"));
        Assert.Equal(4, events.OfType<CascadeEvent.Stepped>().Count());
    }

    [Fact]
    public void Generate_AtAnyMoment_HoldsOneModelOnly()
    {
        using var cascade = Open();
        using var embeddings = Embeddings();
        List<int> loaded = [];

        using var result = cascade.Generate(Request(embeddings), new Recorder(e =>
        {
            if (e is CascadeEvent.PhaseStarted { Phase: CascadePhase.Load })
                loaded.Add(cascade.LoadedComponents.Count);
        }), TestContext.Current.CancellationToken);

        Assert.Equal(4, loaded.Count);
        Assert.All(loaded, count => Assert.Equal(0, count));
        Assert.Empty(cascade.LoadedComponents);
    }

    [Fact]
    public void Generate_SameSeed_SameTensors()
    {
        using var cascade = Open();
        using var embeddings = Embeddings();

        using var first = cascade.Generate(Request(embeddings), null, TestContext.Current.CancellationToken);
        using var second = cascade.Generate(Request(embeddings), null, TestContext.Current.CancellationToken);
        using var other = cascade.Generate(Request(embeddings) with { Seed = 8 }, null, TestContext.Current.CancellationToken);

        TensorAssert.Close(first.Stages[1].Images, second.Stages[1].Images, 0, output, "same seed");
        Assert.True(TensorAssert.MaxAbsoluteError(first.Stages[1].Images, other.Stages[1].Images) > 0.1);
    }

    [Fact]
    public void Generate_ReseededStages_StageTwoDoesNotDependOnStageOneSteps()
    {
        using var cascade = Open();
        using var embeddings = Embeddings();
        double Difference(bool reseed)
        {
            // With a guidance scale of 1 and the highest noise level only the noise tells two runs of stage II apart.
            var request = Request(embeddings) with { ReseedStages = reseed };
            List<Tensor> firstSteps = [];
            foreach (var steps in new[] { 2, 3 })
            {
                using var result = cascade.Generate(
                    request with { Stage1 = request.Stage1 with { NumInferenceSteps = steps }, Stage2 = request.Stage2 with { NoiseLevel = 999 } },
                    new Recorder(e =>
                    {
                        if (e is CascadeEvent.Stepped { Stage: 2, Step.Step: 0 } step)
                            firstSteps.Add(step.Step.Sample.clone().DetachFromDisposeScope());
                    }),
                    TestContext.Current.CancellationToken);
            }

            var difference = TensorAssert.MaxAbsoluteError(firstSteps[0], firstSteps[1]);
            firstSteps.ForEach(t => t.Dispose());
            return difference;
        }

        Assert.True(Difference(reseed: true) < 0.2);
        Assert.True(Difference(reseed: false) > 0.5);
    }

    [Fact]
    public void Generate_Cancelled_LeavesNothingInMemory()
    {
        using var embeddings = Embeddings();
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = Open();
            using var cancellation = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => cascade.Generate(Request(embeddings), new Recorder(e =>
            {
                if (e is CascadeEvent.Stepped { Stage: 2 })
                    cancellation.Cancel();
            }), cancellation.Token));
            Assert.Empty(cascade.LoadedComponents);
        });
    }

    [Theory]
    [InlineData(CascadePhase.Load)]
    [InlineData(CascadePhase.Denoise)]
    [InlineData(CascadePhase.Finish)]
    public void Generate_ReceiverThrowsAtEndOfPhase_LeavesNothingInMemoryAndCanGoOn(CascadePhase phase)
    {
        using var embeddings = Embeddings();
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = Open();
            Assert.Throws<InvalidOperationException>(() => cascade.Generate(Request(embeddings), new Recorder(e =>
            {
                if (e is CascadeEvent.PhaseFinished finished && finished.Phase == phase)
                    throw new InvalidOperationException("the receiver's own");
            }), TestContext.Current.CancellationToken));
            Assert.Empty(cascade.LoadedComponents);
            using var again = cascade.Generate(Request(embeddings), null, TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public void Generate_TimestepsThatALaterStageCannotDo_FailsBeforeLoading()
    {
        using var cascade = Open();
        using var embeddings = Embeddings();
        var request = Request(embeddings);

        var error = Assert.Throws<FloydException>(() => cascade.Generate(
            request with { Stage2 = request.Stage2 with { Timesteps = [1000, 100] } },
            new Recorder(e => Assert.Fail($"{e} came before the check.")), TestContext.Current.CancellationToken));

        Assert.StartsWith("Stage II: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_NoiseLevelThatStageThreeCannotDo_FailsBeforeLoading()
    {
        using var cascade = IFCascade.Open(Options with { Stage3 = Mini.Checkpoint("x4") });
        using var embeddings = Embeddings();
        var request = Request(embeddings);

        var error = Assert.Throws<FloydException>(() => cascade.Generate(
            request with { Stage3 = request.Stage3 with { NoiseLevel = 351 } },
            new Recorder(e => Assert.Fail($"{e} came before the check.")), TestContext.Current.CancellationToken));

        Assert.Contains("351", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_StageTwoCheckpointAsStageOne_Throws()
    {
        var error = Assert.Throws<FloydException>(() => IFCascade.Open(new() { Stage1 = Mini.Checkpoint("if-II") }));

        Assert.Contains("is one of stage II", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_ThenRead_PictureKnowsItsSettings()
    {
        using var cascade = Open();
        using var embeddings = Embeddings();
        using var result = cascade.Generate(Request(embeddings), null, TestContext.Current.CancellationToken);
        var path = _folder.File("picture.png");

        result.Pictures[1].Save(path);

        var info = PictureInfo.Read(path)!;
        Assert.Equal("a test", info.Prompt);
        Assert.Equal((7, 2, 1, 2), (info.Seed, info.Stage, info.Index, info.BatchSize));
        Assert.Equal(["if-I", "if-II"], info.Stages.Select(s => s.Checkpoint));
        Assert.Equal([2, 2], info.Stages.Select(s => s.Steps));
        Assert.Equal(250, info.Stages[1].NoiseLevel);
        Assert.StartsWith("FloydSharp ", info.Software, StringComparison.Ordinal);
        Assert.Throws<FloydException>(() => result.Pictures[0].Save(path));
    }

    [Theory]
    [InlineData(30, 32)]
    [InlineData(32, 0)]
    [InlineData(9000, 32)]
    public void Generate_SizeThatStagesCannotDo_FailsBeforeLoading(int width, int height)
    {
        using var cascade = Open();
        using var embeddings = Embeddings();
        var request = Request(embeddings);

        var error = Assert.Throws<FloydException>(() => cascade.Generate(
            request with { Stage1 = request.Stage1 with { Width = width, Height = height } },
            new Recorder(e => Assert.Fail($"{e} came before the check.")), TestContext.Current.CancellationToken));

        Assert.Contains("multiples of", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0f, "8 wide")]
    [InlineData(16, float.NaN, "NaN")]
    public void Generate_EmbeddingsTheUNetCannotRead_FailsBeforeLoading(int width, float value, string part)
    {
        using var cascade = Open();
        using var embeddings = new PromptEmbeddings(full([1, 77, width], value), full([1, 77, width], value), ["a test"]);

        var error = Assert.Throws<FloydException>(() => cascade.Generate(
            Request(embeddings), new Recorder(e => Assert.Fail($"{e} came before the check.")), TestContext.Current.CancellationToken));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_StageThreeWithoutTwo_Throws() =>
        Assert.Throws<FloydException>(() => IFCascade.Open(new() { Stage1 = "a", Stage3 = "b" }));

    public void Dispose() => _folder.Dispose();

    private static CascadeOptions Options => new() { Stage1 = Mini.Checkpoint("if-I"), Stage2 = Mini.Checkpoint("if-II") };

    private static IFCascade Open() => IFCascade.Open(Options);

    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""]);
    }

    private static CascadeRequest Request(PromptEmbeddings embeddings) => new()
    {
        Embeddings = embeddings,
        Seed = 7,
        ImagesPerPrompt = 2,
        Stage1 = new() { NumInferenceSteps = 2 },
        Stage2 = new() { NumInferenceSteps = 2 },
    };

    private sealed class Recorder(Action<CascadeEvent> record) : IProgress<CascadeEvent>
    {
        public Recorder(List<CascadeEvent> events)
            : this(events.Add)
        {
        }

        public void Report(CascadeEvent value) => record(value);
    }
}
