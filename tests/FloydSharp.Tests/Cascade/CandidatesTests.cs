using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

public sealed class CandidatesTests(ITestOutputHelper output)
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    [Theory]
    [InlineData("text", false)]
    [InlineData("text", true)]
    [InlineData("variation", false)]
    [InlineData("inpainting", true)]
    public void GenerateAll_OfPickedCandidates_IsByteForByteWhatTheirSeedsMakeAlone(string start, bool handOver)
    {
        using var folder = new TemporaryFolder();
        using var embeddings = Embeddings();
        using var cascade = Open();
        var request = Request(embeddings, start) with { HandOverPictures = handOver };
        using (var made = cascade.MakeCandidates([request], null, null, TestContext.Current.CancellationToken))
            made.Save(folder.File("c.safetensors"));

        using var candidates = Candidates.Load(folder.File("c.safetensors"));
        using var chosen = candidates.Pick([2, 1]);
        List<CascadeEvent> events = [];
        var picked = Run(cascade, [.. CascadeRequest.Enlarge(chosen).Select(r => r with { Stage2 = request.Stage2 })], events);

        Assert.Equal([0, 1, 2], candidates.Numbers);
        Assert.Equal([2, 1], chosen.Numbers);
        Assert.Equal(1, candidates.Embeddings.Count);
        Assert.DoesNotContain(events.OfType<CascadeEvent.PhaseStarted>(), e => e.Stage is 0 or 1);
        Assert.Equal([12, 11], picked.Select(p => p.Info.Seed));
        foreach (var picture in picked)
        {
            // What the picture says makes it again from the beginning.
            var record = picture.Info.Request!;
            Assert.Equal([1, 2], record.Stages.Select(s => s.Stage));
            var again = record.ToRequest(request.Start?.Picture, (request.Start as CascadeStart.Inpainting)?.Mask, embeddings);
            Assert.Null(again.Candidates);
            var whole = Run(cascade, [again], [])[^1];
            Assert.Equal(whole.Info.ToJson(), picture.Info.ToJson());
            Assert.Equal(whole.Pixels, picture.Pixels);
        }

        Assert.Equal([0.25, 0.5], picked[0].Info.Stages.Select(s => s.StyleMix));
        Assert.All(candidates.Pictures, p => Assert.Equal(("a test", "a style"), (p.Prompt, p.StylePrompt)));
    }

    [Fact]
    public void GenerateAll_OfACandidateOfAnotherMachine_DoesNotPromiseToBeMadeAgain()
    {
        using var embeddings = Embeddings();
        using var cascade = Open();
        using var candidates = cascade.MakeCandidates([Request(embeddings) with { ImagesPerPrompt = 1, ImageSeeds = null }], null, null, TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        candidates.Save(folder.File("c.safetensors"));
        var text = File.ReadAllText(folder.File("c.safetensors"), System.Text.Encoding.Latin1);
        var threads = $"\\\"threads\\\":{candidates.Pictures[0].Threads}";
        Assert.Contains(threads, text, StringComparison.Ordinal);
        File.WriteAllText(folder.File("c.safetensors"), text.Replace(threads, threads[..^1] + "9", StringComparison.Ordinal), System.Text.Encoding.Latin1);

        using var others = Candidates.Load(folder.File("c.safetensors"));
        Assert.Null(Run(cascade, CascadeRequest.Enlarge(others), [])[^1].Info.Request);
        Assert.NotNull(Run(cascade, CascadeRequest.Enlarge(candidates), [])[^1].Info.Request);
    }

    [Fact]
    public void Enlarge_WithoutStageOne_NeedsNoCheckpointOfIt()
    {
        using var embeddings = Embeddings();
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = Open();
            using var candidates = cascade.MakeCandidates([Request(embeddings)], null, null, TestContext.Current.CancellationToken);
            using var chosen = candidates.Pick([0]);
            using var later = IFCascade.Open(new() { Stage2 = Mini.Checkpoint("if-II") });
            using var large = later.Generate(CascadeRequest.Enlarge(chosen)[0] with { Stage2 = new() { NumInferenceSteps = 1 } }, null, TestContext.Current.CancellationToken);
            Assert.Equal(4 * candidates.Images[0].shape[3], large.Stages[0].Images.shape[3]);
        });
    }

    [Fact]
    public void Pick_WhatIsNotThere_Throws()
    {
        using var embeddings = Embeddings();
        using var cascade = Open();
        using var candidates = cascade.MakeCandidates([Request(embeddings)], null, null, TestContext.Current.CancellationToken);

        Assert.Contains("there are 0 to 2", Assert.Throws<FloydException>(() => candidates.Pick([3])).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<FloydException>(() => candidates.Pick([1, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<FloydException>(() => candidates.Pick([]));
        var one = CascadeRequest.Enlarge(candidates)[0];
        Assert.Throws<FloydException>(() => cascade.Generate(one with { LastStage = 1 }, null, TestContext.Current.CancellationToken));
        Assert.Throws<FloydException>(() => cascade.Generate(one with { ImagesPerPrompt = 2 }, null, TestContext.Current.CancellationToken));
        Assert.Throws<FloydException>(() => cascade.MakeCandidates([one], null, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Load_AnyDamage_EitherReadsOrSaysSoInOneLine()
    {
        using var folder = new TemporaryFolder();
        using var embeddings = Embeddings();
        using var cascade = Open();
        using (var candidates = cascade.MakeCandidates([Request(embeddings, "inpainting") with { ImagesPerPrompt = 1, ImageSeeds = null }], null, null, TestContext.Current.CancellationToken))
            candidates.Save(folder.File("c.safetensors"));
        var bytes = File.ReadAllBytes(folder.File("c.safetensors"));
        var header = (int)BitConverter.ToInt64(bytes, 0);
        var random = new Random(1);
        var read = 0;
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[8 + random.Next(header)] = (byte)"\0{}[]:,x90-\\\""[random.Next(13)];
            File.WriteAllBytes(folder.File("d.safetensors"), damaged);
            try
            {
                using var candidates = Candidates.Load(folder.File("d.safetensors"));
                CascadeRequest.Enlarge(candidates);
                read++;
            }
            catch (FloydException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        output.WriteLine($"{read} of 300 read");
        Assert.InRange(read, 0, 299);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("embeddings only")]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("no json")]
    [InlineData("""[{"number": 0, "row": 0, "picture": null}]""")]
    [InlineData("""[{"number": 0, "row": 0, "picture": {"prompt": "a"}}]""")]
    [InlineData("""[{"number": 0, "row": 7, "picture": {"prompt": "a"}}]""")]
    public void Load_DamagedFile_ThrowsAndLeaksNothing(string what)
    {
        using var folder = new TemporaryFolder();
        using var embeddings = Embeddings();
        var path = folder.File("c.safetensors");
        using var images = zeros(1, 3, 8, 8);
        if (what == "embeddings only")
            embeddings.Save(path);
        else if (what != "missing")
            TensorFile.Write(path, new Dictionary<string, Tensor> { ["stage1.0"] = images, ["prompt_embeds"] = embeddings.Positive }, new Dictionary<string, string> { ["floyd_candidates"] = what });

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

    private static IFCascade Open() => IFCascade.Open(new() { Stage1 = Mini.Checkpoint("if-I"), Stage2 = Mini.Checkpoint("if-II"), SafetyChecker = false });

    private static CascadeRequest Request(PromptEmbeddings embeddings, string start = "text")
    {
        var (picture, mask) = (new ImageBuffer(45, 33, 3), new ImageBuffer(45, 33, 1));
        new Random(1).NextBytes(picture.Pixels);
        mask.Pixels.AsSpan(0, 700).Fill(255);
        var request = start switch
        {
            "variation" => CascadeRequest.Vary(picture, "a test"),
            "inpainting" => CascadeRequest.Inpaint(picture, mask, "a test"),
            _ => new() { Prompts = ["a test"] },
        };
        return request with
        {
            Embeddings = embeddings,
            ImagesPerPrompt = 3,
            ImageSeeds = [10, 11, 12],
            Start = request.Start switch
            {
                CascadeStart.Variation s => s with { Name = "a.png", Fit = PictureFitMode.Pad, Scale = 1.5, Stage1Strength = 0.6 },
                CascadeStart.Inpainting s => s with { Name = "a.png", MaskName = "m.png", Feather = 2, OnlyMasked = true },
                var none => none,
            },
            Stage1 = request.Stage1 with { NumInferenceSteps = 2 },
            Stage2 = request.Stage2 with { NumInferenceSteps = 2 },
        };
    }

    private static List<(PictureInfo Info, string Pixels)> Run(IFCascade cascade, IReadOnlyList<CascadeRequest> requests, List<CascadeEvent> events)
    {
        List<(PictureInfo, string)> made = [];
        cascade.GenerateAll(requests, new Recorder(e =>
        {
            events.Add(e);
            if (e is CascadeEvent.StageFinished finished)
                made.AddRange(finished.Result.Pictures.Select(p => (p.Info, $"{p.Picture.Image} {Convert.ToHexString(p.Picture.Image.Pixels)}{Convert.ToHexString(finished.Result.Images.bytes)}")));
        }), null, TestContext.Current.CancellationToken);
        return made;
    }

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
