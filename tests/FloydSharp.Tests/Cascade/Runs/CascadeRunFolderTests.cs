using FloydSharp.Cascade;
using FloydSharp.Cascade.Runs;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Cascade.Runs;

public sealed class CascadeRunFolderTests(ITestOutputHelper output) : IDisposable
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("ddpm", false)]
    [InlineData("ddpm", true)]
    [InlineData("ddim", false)]
    [InlineData("dpm++", false)]
    [InlineData("dpm++3", false)]
    [InlineData("sde-dpm++", true)]
    public void GenerateAll_DiedAtAnyStep_EndsInTheSameBytes(string scheduler, bool reseed)
    {
        using var embeddings = Embeddings();
        var one = Request(embeddings) with { SchedulerNames = (scheduler, scheduler, null), ReseedStages = reseed };
        one = one with { Stage1 = one.Stage1 with { Eta = 0.5 } };
        AssertContinues(scheduler == "ddpm" && !reseed ? [one, one with { Seed = 9 }] : [one]);
    }

    [Fact]
    public void GenerateAll_FromPicturesDiedAtAnyStep_EndsInTheSameBytes()
    {
        using var embeddings = Embeddings();
        var picture = new ImageBuffer(40, 32, 3);
        new Random(1).NextBytes(picture.Pixels);
        var mask = new ImageBuffer(40, 32, 1);
        mask.Pixels.AsSpan(0, 600).Fill(255);
        AssertContinues(
        [
            Short(CascadeRequest.Vary(picture, "a test"), embeddings),
            Short(CascadeRequest.Inpaint(picture, mask, "a test"), embeddings) with { ImagesPerPrompt = 2 },
            Short(CascadeRequest.Upscale(PictureFit.Middle(picture, 16, 16), 2, "a test"), embeddings),
        ]);
    }

    [Fact]
    public void GenerateAll_InTilesAndWithPicturesHandedOver_EndsInTheSameBytes()
    {
        using var embeddings = Embeddings();
        var picture = new ImageBuffer(44, 40, 3);
        new Random(1).NextBytes(picture.Pixels);
        var tiled = Short(CascadeRequest.Upscale(picture, 2, "a test"), embeddings);
        tiled = tiled with { Start = ((CascadeStart.Enlargement)tiled.Start!) with { TileSide = 32 }, Stage2 = tiled.Stage2 with { NumInferenceSteps = 2 } };
        AssertContinues([tiled, Request(embeddings) with { HandOverPictures = true }]);
    }

    [Fact]
    public void GenerateAll_Cancelled_KeepsTheLastStepWhateverTheClockSays()
    {
        using var embeddings = Embeddings();
        using var cascade = IFCascade.Open(Options);
        using var stop = new CancellationTokenSource();
        var clock = new Clock();
        using var state = CascadeRunFolder.ForNew(_folder.Path, new() { Clock = clock });
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => cascade.GenerateAll([Request(embeddings)], new Recorder(e =>
        {
            if (e is not CascadeEvent.Stepped)
                return;
            clock.Seconds += steps++ == 0 ? 11 : 0.1;
            if (steps == 5)
                stop.Cancel();
        }), state, stop.Token));
        Assert.True(state.Exists);
        state.Dispose();

        var continued = Continue(cascade);
        Assert.Equal([2], continued);
        Assert.Empty(CascadeRunFolder.Find(_folder.Path));
    }

    [Fact]
    public void GenerateAll_CancelledWithinATile_RepeatsNoStep()
    {
        using var embeddings = Embeddings();
        var picture = new ImageBuffer(60, 24, 3);
        var tiled = Short(CascadeRequest.Upscale(picture, 2, "a test"), embeddings);
        tiled = tiled with { Start = ((CascadeStart.Enlargement)tiled.Start!) with { TileSide = 32 } };
        using var cascade = IFCascade.Open(Options);
        using var stop = new CancellationTokenSource();
        using var state = CascadeRunFolder.ForNew(_folder.Path, RunSaving.Always);
        Assert.Throws<OperationCanceledException>(() => cascade.GenerateAll([tiled], new Recorder(e =>
        {
            if (e is CascadeEvent.Stepped { Step.Step: 4 })
                stop.Cancel();
        }), state, stop.Token));
        state.Dispose();

        var continued = Continue(cascade);
        Assert.Equal(5, continued[0]);
        Assert.True(continued.Count > 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MakeCandidates_DiedAtAnyStep_KeepsTheSameCandidates(bool picture)
    {
        using var embeddings = Embeddings();
        var given = new ImageBuffer(40, 32, 3);
        new Random(1).NextBytes(given.Pixels);
        var request = (picture ? Short(CascadeRequest.Vary(given, "a test"), embeddings) : Request(embeddings)) with { ImagesPerPrompt = 3 };
        var expected = Kept([request], null, null);
        List<string> deaths = [];
        using (var state = CascadeRunFolder.ForNew(_folder.Folder("live"), RunSaving.Always))
        {
            Kept([request], state, e =>
            {
                if (e is CascadeEvent.Stepped or CascadeEvent.StageFinished && state.Exists)
                    deaths.Add(Copy(state.Path, $"died-{deaths.Count}"));
            });
            Assert.True(state.Exists);
            state.Discard();
        }

        deaths.RemoveAll(d => CascadeRunFolder.Find(d).Count == 0);
        Assert.True(deaths.Count >= 5, $"{deaths.Count} deaths");
        foreach (var copy in deaths)
        {
            using var state = CascadeRunFolder.Open(copy);
            Assert.Equal(expected, Kept(state.Requests, state, null));
        }

        string Kept(IReadOnlyList<CascadeRequest> requests, CascadeRunFolder? state, Action<CascadeEvent>? then)
        {
            using var cascade = IFCascade.Open(Options);
            using var candidates = cascade.MakeCandidates(requests, new Recorder(then ?? (_ => { })), state, TestContext.Current.CancellationToken);
            candidates.Save(_folder.File("c.safetensors"), overwrite: true);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_folder.File("c.safetensors"))));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GenerateAll_OfCandidatesDiedAtAnyStep_EndsInTheSameBytes(bool picture)
    {
        using var embeddings = Embeddings();
        var given = new ImageBuffer(40, 32, 3);
        new Random(1).NextBytes(given.Pixels);
        var request = (picture ? Short(CascadeRequest.Vary(given, "a test"), embeddings) : Request(embeddings)) with { ImagesPerPrompt = 3 };
        using var cascade = IFCascade.Open(Options);
        using var candidates = cascade.MakeCandidates([request], null, null, TestContext.Current.CancellationToken);
        using var chosen = candidates.Pick([2, 0]);
        AssertContinues([.. CascadeRequest.Enlarge(chosen).Select(r => r with { Stage2 = r.Stage2 with { NumInferenceSteps = 6 } })]);
    }

    [Fact]
    public void GenerateAll_ContinuedElsewhere_TakesTheThreadsItBeganWith()
    {
        var copy = Stopped(atStep: 2);
        var run = Path.Combine(copy, "run.json");
        var here = TorchSharp.torch.get_num_threads();
        var other = here == 1 ? 2 : here - 1;
        Assert.Contains($"\"threads\":{here}", File.ReadAllText(run), StringComparison.Ordinal);
        File.WriteAllText(run, File.ReadAllText(run).Replace($"\"threads\":{here}", $"\"threads\":{other}", StringComparison.Ordinal));
        using var state = CascadeRunFolder.Open(copy);
        Assert.Equal(other, state.Options.Threads);
        var made = Run(state.Requests, state);
        Assert.All(made.Values, m => Assert.Contains($"\"threads\":{other}", m.Json, StringComparison.Ordinal));
        Assert.Equal(here, TorchSharp.torch.get_num_threads());

        File.WriteAllText(Path.Combine(Stopped(atStep: 2, name: "second"), "run.json"), File.ReadAllText(Path.Combine(_folder.File("second"), "run.json")).Replace($"\"threads\":{here}", "\"threads\":99999", StringComparison.Ordinal));
        Assert.Contains("damaged", Assert.Throws<FloydException>(() => CascadeRunFolder.Open(_folder.File("second"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateAll_ShortRun_LeavesNoTrace()
    {
        using var embeddings = Embeddings();
        using var cascade = IFCascade.Open(Options);
        using var state = CascadeRunFolder.ForNew(_folder.Path);
        cascade.GenerateAll([Request(embeddings)], new Recorder(_ => Assert.Empty(_folder.Names)), state, TestContext.Current.CancellationToken);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Open_WhileTheRunIsUnderWay_IsRefused()
    {
        var copy = Stopped(atStep: 2, lockHeld: path => Assert.Contains("under way", Assert.Throws<FloydException>(() => CascadeRunFolder.Open(path)).Message, StringComparison.Ordinal));
        CascadeRunFolder.Open(copy).Dispose();
    }

    [Fact]
    public void GenerateAll_WithOtherWeightsThanTheRunBeganWith_SaysWhich()
    {
        var copy = Stopped(atStep: 2);
        var run = Path.Combine(copy, "run.json");
        File.WriteAllText(run, File.ReadAllText(run).Replace("\"stage2/unet\":\"config.json:", "\"stage2/unet\":\"config.json:1", StringComparison.Ordinal));
        using var state = CascadeRunFolder.Open(copy);
        using var cascade = IFCascade.Open(Options);
        var error = Assert.Throws<FloydException>(() => cascade.GenerateAll(state.Requests, null, state, TestContext.Current.CancellationToken));
        Assert.Contains("stage2/unet", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run.json", "\"version\":1", "\"version\":2", "version 2")]
    [InlineData("run.json", "\"seed\":", "\"seeds\":", "seeds")]
    [InlineData("run.json", "\"prompts\":[", "\"prompts\":[null,", "null")]
    [InlineData("run.json", "\"device\":\"cpu\"", "\"device\":\"cuda:99\"", "cuda:99")]
    [InlineData("run.json", "\"device\":\"cpu\"", "\"device\":\"tpu\"", "tpu")]
    [InlineData("progress.json", "{", "[", "progress.json")]
    [InlineData("now.safetensors", "\"next_step\":\"", "\"next_step\":\"-", "does not fit")]
    [InlineData("now.safetensors", "\"next_step\":\"", "\"next_step\":\"x", "damaged")]
    [InlineData("now.safetensors", "\"sample\"", "\"simple\"", "damaged")]
    public void Open_DamagedFile_SaysSoInOneLine(string file, string old, string changed, string words)
    {
        var copy = Stopped(atStep: 2);
        var path = Path.Combine(copy, file);
        var text = File.ReadAllText(path, System.Text.Encoding.Latin1);
        Assert.Contains(old, text, StringComparison.Ordinal);
        text = text.Replace(old, changed, StringComparison.Ordinal);
        if (file.EndsWith(".safetensors", StringComparison.Ordinal) && changed.Length > old.Length)
            text = (char)(text[0] + changed.Length - old.Length) + text[1..]; // the header's length
        File.WriteAllText(path, text, System.Text.Encoding.Latin1);
        var error = Assert.Throws<FloydException>(() =>
        {
            using var state = CascadeRunFolder.Open(copy);
            using var cascade = IFCascade.Open(state.Options);
            cascade.GenerateAll(state.Requests, null, state, TestContext.Current.CancellationToken);
        });
        output.WriteLine(error.Message);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    public void Dispose() => _folder.Dispose();

    private static CascadeOptions Options => new() { Stage1 = Mini.Checkpoint("if-I"), Stage2 = Mini.Checkpoint("if-II") };

    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""]);
    }

    private static CascadeRequest Request(PromptEmbeddings embeddings) => Short(new CascadeRequest { Prompts = ["a test"], Seed = 7 }, embeddings);

    private static CascadeRequest Short(CascadeRequest request, PromptEmbeddings embeddings) => request with
    {
        Embeddings = embeddings,
        Stage1 = request.Stage1 with { NumInferenceSteps = 3 },
        Stage2 = request.Stage2 with { NumInferenceSteps = 3 },
    };

    private static Dictionary<string, (string Json, string Pixels)> Run(
        IReadOnlyList<CascadeRequest> requests, CascadeRunFolder? state, Dictionary<string, (string Json, string Pixels)>? before = null, Action<CascadeEvent>? also = null)
    {
        Dictionary<string, (string, string)> made = new(before ?? []);
        using var cascade = IFCascade.Open(Options);
        cascade.GenerateAll(requests, new Recorder(e =>
        {
            if (e is CascadeEvent.StageFinished finished)
            {
                foreach (var picture in finished.Result.Pictures)
                    made[$"{finished.Request} {picture.Info.Stage} {picture.Info.Index}"] = (picture.Info.ToJson(), Values(finished.Result, picture));
            }

            also?.Invoke(e);
        }), state, TestContext.Current.CancellationToken);
        return made;
    }

    private void AssertContinues(IReadOnlyList<CascadeRequest> requests)
    {
        var expected = Run(requests, null);
        List<(string Copy, Dictionary<string, (string, string)> Made)> deaths = [];
        Dictionary<string, (string, string)> soFar = [];
        using (var state = CascadeRunFolder.ForNew(_folder.Folder("live"), RunSaving.Always))
        {
            Run(requests, state, null, e =>
            {
                if (e is CascadeEvent.StageFinished finished)
                {
                    foreach (var picture in finished.Result.Pictures)
                        soFar[$"{finished.Request} {picture.Info.Stage} {picture.Info.Index}"] = (picture.Info.ToJson(), Values(finished.Result, picture));
                }

                if (e is CascadeEvent.Stepped or CascadeEvent.StageFinished or CascadeEvent.PhaseStarted && state.Exists)
                    deaths.Add((Copy(state.Path, $"died-{deaths.Count}"), new(soFar)));
            });
        }

        deaths.RemoveAll(d => CascadeRunFolder.Find(d.Copy).Count == 0);
        Assert.True(deaths.Count >= 10, $"{deaths.Count} deaths");
        Assert.Empty(CascadeRunFolder.Find(_folder.File("live")));
        foreach (var (copy, made) in deaths)
        {
            using var state = CascadeRunFolder.Open(copy);
            var continued = Run(state.Requests, state, made);
            Assert.Equal(expected.Keys.Order(), continued.Keys.Order());
            Assert.All(expected, e => Assert.Equal(e.Value, continued[e.Key]));
        }

        output.WriteLine($"{deaths.Count} deaths");
    }

    // The safety checker, which is noise here too, blackens pictures; the tensor says more.
    private static string Values(StageResult result, CascadePicture picture) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(result.Images.bytes)) + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(picture.Picture.Image.Pixels));

    private string Stopped(int atStep, Action<string>? lockHeld = null, string name = "stopped")
    {
        using var embeddings = Embeddings();
        string? copy = null;
        var steps = 0;
        using var state = CascadeRunFolder.ForNew(_folder.Path, RunSaving.Always);
        Run([Request(embeddings)], state, null, e =>
        {
            if (e is not CascadeEvent.Stepped || steps++ != atStep)
                return;
            copy = Copy(state.Path, name);
            lockHeld?.Invoke(state.Path);
        });
        return copy!;
    }

    private string Copy(string from, string name)
    {
        var to = _folder.Folder(name);
        if (!Directory.Exists(from))
            return to;
        foreach (var file in Directory.EnumerateFiles(from).Where(f => Path.GetFileName(f) != "lock"))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return to;
    }

    // Goes on with the one run in the folder; returns the steps that it makes.
    private List<int> Continue(IFCascade cascade)
    {
        List<int> steps = [];
        using var again = CascadeRunFolder.Open(Assert.Single(CascadeRunFolder.Find(_folder.Path)));
        cascade.GenerateAll(again.Requests, new Recorder(e =>
        {
            if (e is CascadeEvent.Stepped step)
                steps.Add(step.Step.Step);
        }), again, TestContext.Current.CancellationToken);
        return steps;
    }

    private sealed class Recorder(Action<CascadeEvent> record) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value) => record(value);
    }

    private sealed class Clock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
