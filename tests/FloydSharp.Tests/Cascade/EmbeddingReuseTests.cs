using FloydSharp.Cascade;
using FloydSharp.Planning;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Cascade;

/// <summary>Prompts that were encoded before need no text encoder, and give the same pictures.</summary>
public sealed class EmbeddingReuseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Generate_PromptOfAnEarlierRun_LoadsNoTextEncoderAndGivesTheSameBits()
    {
        var first = Run(["a red boat", "night"], "fog");
        var again = Run(["night", "a red boat"], "fog");
        var other = Run(["a red boat", "new"], "fog");

        Assert.Equal([true, false, true], [first.LoadedT5, again.LoadedT5, other.LoadedT5]);
        Assert.Equal(first.Pixels[0], again.Pixels[1]);
        Assert.Equal(first.Pixels[1], again.Pixels[0]);
        Assert.Equal(first.Pixels[0], other.Pixels[0]);
        Assert.NotEqual(first.Pixels[1], other.Pixels[1]);
    }

    [Fact]
    public void Generate_CleanedAndPlainCaption_AreNotTakenForEachOther()
    {
        var cleaned = Run(["a (red) boat"], "");
        var plain = Run(["a (red) boat"], "", clean: false);

        Assert.True(plain.LoadedT5);
        Assert.NotEqual(cleaned.Pixels[0], plain.Pixels[0]);
    }

    [Fact]
    public void Generate_PromptThatIsCut_SaysSoAgain()
    {
        var text = string.Join(' ', Enumerable.Repeat("boat", 100));

        Assert.Equal(1, Run([text], "").Cuts);
        var again = Run([text], "");
        Assert.Equal((false, 1), (again.LoadedT5, again.Cuts));
    }

    [Fact]
    public void Plan_PromptOfAnEarlierRun_HasNoTextEncoder()
    {
        Run(["a red boat"], "");
        var models = CascadeModels.Open(Path.Combine(GoldenFolder.RepositoryRoot, "models"));
        using var cascade = IFCascade.Open(models.ToOptions(1) with { EmbeddingCache = _folder.Path });

        bool Planned(string prompt) => cascade.Plan([new() { Prompts = [prompt] }], MemoryBudget.Unlimited with { Vram = null }).Components.Any(c => c.Stage == 0);

        Assert.Equal([false, true], [Planned("a red boat"), Planned("a blue boat")]);
    }

    private (bool LoadedT5, int Cuts, IReadOnlyList<byte[]> Pixels) Run(string[] prompts, string negative, bool clean = true)
    {
        var models = CascadeModels.Open(Path.Combine(GoldenFolder.RepositoryRoot, "models"));
        using var cascade = IFCascade.Open(models.ToOptions(1) with { EmbeddingCache = _folder.Path });
        var (loaded, cuts) = (false, 0);
        Dictionary<int, byte[]> pixels = [];
        var requests = prompts.Select(p => new CascadeRequest
        {
            Prompts = [p],
            NegativePrompts = negative.Length > 0 ? [negative] : [],
            CleanCaption = clean,
            Seed = 5,
            Stage1 = new() { NumInferenceSteps = 1, Width = 32, Height = 32 },
        }).ToList();
        cascade.GenerateAll(requests, new Recorder(e =>
        {
            loaded |= e is CascadeEvent.PhaseStarted { Stage: 0, Phase: CascadePhase.Load };
            cuts += e is CascadeEvent.PromptsCut { Stage: 0 } cut ? cut.Cuts.Count : 0;
            if (e is CascadeEvent.StageFinished finished)
                pixels[finished.Request] = finished.Result.Pictures[0].Picture.Image.Pixels;
        }), null, TestContext.Current.CancellationToken);
        return (loaded, cuts, [.. pixels.OrderBy(p => p.Key).Select(p => p.Value)]);
    }

    private sealed class Recorder(Action<CascadeEvent> report) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value) => report(value);
    }
}
