using System.Collections;
using System.Reflection;
using FloydSharp.Cascade;
using FloydSharp.Cascade.Records;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Models.Vae;
using FloydSharp.Pipelines;
using FloydSharp.Schedulers;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade.Records;

public sealed class RequestRecordTests
{
    // What a record does not hold: pictures and embeddings are given again, these are set anew by each run.
    private static readonly string[] _notKept = ["NumImagesPerPrompt", "Store", "EmbeddingsRow", "Candidates", "CandidatePlace", "RestsAfterStage1", "Picture", "Mask"];

    private static FinishRecord Finish => new() { SafetyRule = SafetyRule.DeepFloyd, Watermark = true, Stage3Watermark = false };

    public static TheoryData<string> Starts => ["none", "variation", "inpainting", "enlargement"];

    [Theory]
    [MemberData(nameof(Starts))]
    public void ToRequest_OfARecord_HasEverySettingAgain(string start)
    {
        var request = Changed(start);
        var json = new PictureInfo { Version = 1, Stage = 1, BatchSize = 1, Width = 1, Height = 1, Request = RequestRecord.Of(request, [1, 2, 3], Finish) }.ToJson();
        var record = PictureInfo.Parse(json, "the test").Request!;

        var again = record.ToRequest(request.Start?.Picture, (request.Start as CascadeStart.Inpainting)?.Mask);

        AssertSame(request, again, "request", new CascadeRequest { Start = Default(request.Start) });
    }

    [Fact]
    public void ToRequest_WithOtherInputs_SaysWhichIsWrong()
    {
        var request = Changed("inpainting");
        var record = RequestRecord.Of(request, [1, 2], Finish);
        var mask = ((CascadeStart.Inpainting)request.Start!).Mask;
        Assert.Contains("is not given", Assert.Throws<FloydException>(() => record.ToRequest()).Message, StringComparison.Ordinal);
        Assert.Contains("mask (box 1,2,3,4, 8x8) that is not given", Assert.Throws<FloydException>(() => record.ToRequest(request.Start!.Picture)).Message, StringComparison.Ordinal);
        Assert.Contains("pixels differ", Assert.Throws<FloydException>(() => record.ToRequest(new ImageBuffer(8, 8, 3), mask)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToRequest_WithEmbeddings_FindsTheRowAndRefusesOthers()
    {
        using var scope = NewDisposeScope();
        using var embeddings = new PromptEmbeddings(arange(24, ScalarType.Float32).reshape(2, 3, 4), null, ["a", "b"]);
        var second = new CascadeRequest { Embeddings = embeddings, Stage1 = new() { GuidanceScale = 1 } }.PerPicture()[1];
        var record = RequestRecord.Of(second, [1], Finish);
        Assert.Equal(1, record.ToRequest(embeddings: embeddings).EmbeddingsRow);
        using var others = new PromptEmbeddings(ones(2, 3, 4), null);
        Assert.Contains("values differ", Assert.Throws<FloydException>(() => record.ToRequest(embeddings: others)).Message, StringComparison.Ordinal);
        Assert.Contains("give their file", Assert.Throws<FloydException>(() => record.ToRequest()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2", "version 2")]
    [InlineData("\"version\":1", "\"version\":\"1\"", "version")]
    [InlineData("\"stage\":1,", "\"stage\":4,", "damaged")]
    [InlineData("\"index\":0", "\"index\":1", "damaged")]
    [InlineData("\"index\":0", "\"index\":0,\"index\":0", "damaged")]
    [InlineData("\"seed\":", "\"sede\":", "damaged")]
    [InlineData("\"request\":", "\"_request\":", "damaged")]
    [InlineData("\"prompts\":[", "\"prompts\":[7,", "damaged")]
    public void Parse_OfAnotherForm_IsRefusedInOneLine(string old, string changed, string words)
    {
        var json = new PictureInfo { Version = 1, Stage = 1, BatchSize = 1, Width = 1, Height = 1, Request = RequestRecord.Of(Changed("none"), [1], Finish) }.ToJson();
        Assert.Contains(old, json, StringComparison.Ordinal);
        var at = json.IndexOf(old, StringComparison.Ordinal);
        var error = Assert.Throws<FloydException>(() => PictureInfo.Parse(json[..at] + changed + json[(at + old.Length)..], "The text"));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Parse_AnyDamage_EitherReadsOrSaysSoInOneLine()
    {
        var json = new PictureInfo { Version = 1, Stage = 1, BatchSize = 1, Width = 1, Height = 1, Request = RequestRecord.Of(Changed("inpainting"), [1, 2, 3], Finish) }.ToJson();
        var random = new Random(1);
        const string splinters = "\0\u00e9\"{}[]:,-0eE1null\ud800";
        var read = 0;
        for (var i = 0; i < 2000; i++)
        {
            var (at, length) = (random.Next(json.Length), random.Next(4));
            var text = json[..at] + splinters[random.Next(splinters.Length)] + json[Math.Min(json.Length, at + length)..];
            try
            {
                PictureInfo.Parse(text, "The text").Request?.ToRequest();
                read++;
            }
            catch (FloydException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        Assert.InRange(read, 0, 1999);
    }

    [Fact]
    public void Parse_OfAPictureFromBefore_HasNoRequest() =>
        Assert.Null(PictureInfo.Parse("""{"prompt":"a","seed":1,"stage":1,"index":0,"batch_size":1,"width":64,"height":64,"software":"FloydSharp 0.1"}""", "It").Request);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2_000_000_000)]
    public void ToRequest_AskingForTooMuch_IsRefused(int stages, int pictures)
    {
        var record = RequestRecord.Of(new() { Prompts = ["a"] }, [1], Finish);
        Assert.Contains("damaged", Assert.Throws<FloydException>(() => (record with { Stages = [.. record.Stages.Take(stages)], ImagesPerPrompt = pictures }).ToRequest()).Message, StringComparison.Ordinal);
    }

    // Every setting has another value than its default.
    private static CascadeRequest Changed(string start)
    {
        var (picture, mask) = (new ImageBuffer(8, 8, 3), new ImageBuffer(8, 8, 1));
        picture.Pixels[5] = 77;
        mask.Pixels[5] = 255;
        return new()
        {
            Prompts = ["a \"quoted\" prompt\n\u00e9\U0001F600", "b"],
            NegativePrompts = ["no"],
            StylePrompts = ["oil"],
            HandOverPictures = true,
            LastStage = 3,
            Profile = "deepfloyd",
            CleanCaption = false,
            Start = start switch
            {
                "variation" => new CascadeStart.Variation(picture) { Name = "photo.png", Background = new(1, 2, 3), Stage1Strength = 0.123456789012345, Stage2Strength = 0.9, Fit = PictureFitMode.Pad, Scale = 1.5, KeepAlpha = false },
                "inpainting" => new CascadeStart.Inpainting(picture, mask) { Name = "photo.png", MaskName = "box 1,2,3,4", Background = new(1, 2, 3), Stage1Strength = 0.3, Stage2Strength = 0.4, Fit = PictureFitMode.Crop, Feather = 5, OnlyMasked = true, Margin = 7 },
                "enlargement" => new CascadeStart.Enlargement(picture, 2) { Name = "photo.png", Background = new(1, 2, 3), Scale = 2, TileSide = 64, KeepAlpha = false },
                _ => null,
            },
            Seed = long.MaxValue,
            ImageSeeds = [1, -2, long.MinValue, 4],
            ReseedStages = true,
            ImagesPerPrompt = 2,
            Stage1 = new() { NumInferenceSteps = 11, Timesteps = [9, 5, 0], GuidanceScale = 1.1, Eta = 0.1, FromLastTimestep = true, DynamicThresholdingRatio = 0.1, SampleMaxValue = 1.1, StyleMix = 0.6, PooledStyle = false, KeepColours = true, FreshNoise = true, Width = 72, Height = 80 },
            Stage2 = new() { NumInferenceSteps = 12, Timesteps = [8, 1], GuidanceScale = 1.2, Eta = 0.2, FromLastTimestep = true, DynamicThresholdingRatio = 0.2, SampleMaxValue = 1.2, StyleMix = 0.7, PooledStyle = false, KeepColours = true, FreshNoise = true, NoiseLevel = 33 },
            Stage3 = new()
            {
                NumInferenceSteps = 13,
                Timesteps = [7],
                GuidanceScale = 1.3,
                Eta = 0.3, FromLastTimestep = true, DynamicThresholdingRatio = 0.3, SampleMaxValue = 1.3, StyleMix = 0.8, PooledStyle = false, KeepColours = true, FreshNoise = true,
                NoiseLevel = 44,
                Decode = new VaeDecodeOptions { Slicing = true, Tiling = true, TileSampleSize = 64, TileOverlap = 0.3, MemoryLimitBytes = 1L << 40 },
            },
            SchedulerNames = ("dpm++", "ddpm", "ddim"),
            SchedulerOverrides = (SchedulerOverrides.Parse("""{"solver_order": 3}"""), SchedulerOverrides.Parse("""{"thresholding": true}"""), SchedulerOverrides.Parse("""{"steps_offset": 2}""")),
        };
    }

    private static CascadeStart? Default(CascadeStart? start) => start switch
    {
        CascadeStart.Variation => new CascadeStart.Variation(start.Picture),
        CascadeStart.Inpainting s => new CascadeStart.Inpainting(start.Picture, s.Mask),
        CascadeStart.Enlargement => new CascadeStart.Enlargement(start.Picture, 2),
        _ => null,
    };

    // Looks at each property there is, so that a setting that is added and not recorded is found here.
    private static void AssertSame(object expected, object actual, string path, object? defaults)
    {
        foreach (var property in expected.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(p => p.SetMethod is not null && !_notKept.Contains(p.Name)))
        {
            var (want, got, usual) = (property.GetValue(expected), property.GetValue(actual), defaults is null ? null : property.GetValue(defaults));
            var where = $"{path}.{property.Name}";
            if (want is DiffusionOptions or VaeDecodeOptions or CascadeStart)
            {
                AssertSame(want, got!, where, usual);
                continue;
            }

            // The sizes of stages II and III follow from stage I's; embeddings are tested by themselves.
            if (where is "request.Stage2.Width" or "request.Stage2.Height" or "request.Embeddings")
                continue;
            if (where == "request.Start" && want is null)
                continue;
            Assert.True(defaults is null || !Same(want, usual), $"{where} has its default, so this test says nothing of it: give it another value in Changed.");
            Assert.True(Same(want, got), $"{where} is {got} after the record, expected {want}: add it to the record.");
        }
    }

    private static bool Same(object? a, object? b) => (a, b) switch
    {
        (SchedulerOverrides x, SchedulerOverrides y) => x.ToString() == y.ToString(),
        (string, string) => Equals(a, b),
        (IEnumerable x, IEnumerable y) => x.Cast<object>().SequenceEqual(y.Cast<object>()),
        (ValueTuple<SchedulerOverrides?, SchedulerOverrides?, SchedulerOverrides?> x, ValueTuple<SchedulerOverrides?, SchedulerOverrides?, SchedulerOverrides?> y) =>
            Same(x.Item1, y.Item1) && Same(x.Item2, y.Item2) && Same(x.Item3, y.Item3),
        _ => Equals(a, b),
    };
}
