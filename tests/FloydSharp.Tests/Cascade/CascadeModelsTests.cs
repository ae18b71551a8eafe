using CsCheck;
using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Cascade;

public sealed class CascadeModelsTests : IDisposable
{
    private const string One = """{"folder": "one"}""";

    private readonly TemporaryFolder _folder = new();

    public CascadeModelsTests()
    {
        foreach (var name in (string[])["one", "two", "deep/three"])
            File.WriteAllText(Path.Combine(_folder.Folder(name), "model_index.json"), "{}");
        _folder.Folder("mark");
    }

    [Fact]
    public void Open_AllSettings_GivesThemToOptionsAndRequest()
    {
        var models = Open("""
            {
              "_note": "keys with an underscore are for people",
              "version": 1,
              "watermarker": "mark",
              "stages": [
                {"folder": "one", "scheduler": "dpm++", "scheduler_config": {"lambda_min_clipped": -5.1}, "steps": 20, "guidance": 5.5},
                {"folder": "two", "steps": 9, "guidance": 1, "noise_level": 100, "keep_colours": true},
                {"folder": "deep/three", "noise_level": 30}
              ]
            }
            """);

        var (options, request) = (models.ToOptions(), models.ToRequest());
        Assert.Equal((_folder.File("one"), _folder.File("two"), Path.Combine(_folder.Path, "deep", "three")), (options.Stage1, options.Stage2, options.Stage3));
        Assert.Equal(_folder.File("mark"), options.WatermarkerFolder);
        Assert.Equal((20, 5.5), (request.Stage1.NumInferenceSteps, request.Stage1.GuidanceScale));
        Assert.Equal((9, 1.0, 100), (request.Stage2.NumInferenceSteps, request.Stage2.GuidanceScale, request.Stage2.NoiseLevel));
        var own = new CascadeRequest().Stage3;
        Assert.Equal((own.NumInferenceSteps, own.GuidanceScale, 30), (request.Stage3.NumInferenceSteps, request.Stage3.GuidanceScale, request.Stage3.NoiseLevel));
        Assert.Equal((true, false), (request.Stage2.KeepColours, request.Stage3.KeepColours));
        Assert.Equal(("dpm++", null, null), request.SchedulerNames);
        Assert.Equal(-5.1, request.SchedulerOverrides.Stage1!.ApplyTo(new SchedulerConfig()).LambdaMinClipped);
        Assert.Null(request.SchedulerOverrides.Stage2);
    }

    [Fact]
    public void ToOptions_FewerStages_LeavesTheLastOut()
    {
        var models = Open("""{"version": 1, "stages": [{"folder": "one"}, {"folder": "two"}]}""");

        Assert.Null(models.ToOptions(1).Stage2);
        Assert.Null(models.ToOptions().Stage3);
        Assert.Contains("3 stages were asked for", Assert.Throws<FloydException>(() => models.ToOptions(3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_AnotherCheckpoint_DropsTheSettingsOfItsStageAndTheMark()
    {
        var models = Open("""{"version": 1, "watermarker": "mark", "stages": [{"folder": "one", "steps": 5}, {"folder": "two", "steps": 6}]}""");

        var mixed = models.With(1, "elsewhere");
        Assert.Equal(("elsewhere", _folder.File("two"), null), (mixed.ToOptions().Stage1, mixed.ToOptions().Stage2, mixed.ToOptions().WatermarkerFolder));
        Assert.Equal((100, 6), (mixed.ToRequest().Stage1.NumInferenceSteps, mixed.ToRequest().Stage2.NumInferenceSteps));
        Assert.Equal("third", models.With(3, "third").ToOptions().Stage3);
        Assert.Throws<FloydException>(() => Open($$"""{"version": 1, "stages": [{{One}}]}""").With(3, "third"));
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "expected an object")]
    [InlineData("{}", "version is 0; expected 1")]
    [InlineData("""{"version": 2, "stages": []}""", "version is 2")]
    [InlineData("""{"version": "1"}""", "version is \"1\"")]
    [InlineData("""{"version": 1}""", "the number of stages is 0")]
    [InlineData("""{"version": 1, "stages": null}""", "stages is null")]
    [InlineData("""{"version": 1, "stages": [null]}""", "stages is null")]
    [InlineData("""{"version": 1, "stages": [5]}""", "stages is [5]")]
    [InlineData("""{"version": 1, "stages": [{"folder":"one"},{"folder":"one"},{"folder":"one"},{"folder":"one"}]}""", "the number of stages is 4")]
    [InlineData("""{"version": 1, "stagez": [], "stages": []}""", "stagez")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one"}], "watermarker": "no"}""", "watermarker is \"no\"")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one"}], "watermarker": "../one"}""", "watermarker is \"../one\"")]
    [InlineData("""{"version": 1, "stages": [{}]}""", "stage 1: folder is \"\"")]
    [InlineData("""{"version": 1, "stages": [{"folder": "mark"}]}""", "stage 1: folder is \"mark\"; expected a folder with model_index.json")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one"}, {"folder": "gone"}]}""", "stage 2: folder is \"gone\"")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "step": 5}]}""", "stage 1: step is 5, a key that is not known")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "steps": 0}]}""", "stage 1: steps is 0; expected 1 to 1000")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "steps": 1e99}]}""", "stage 1: steps is 1e99")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "guidance": -1}]}""", "stage 1: guidance is -1; expected 0 to 100")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "guidance": "NaN"}]}""", "stage 1: guidance is \"NaN\"")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "noise_level": 20}]}""", "stage 1: noise_level is 20; expected none")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "keep_colours": true}]}""", "stage 1: keep_colours is true; expected none")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one"}, {"folder": "two", "noise_level": 1000}]}""", "stage 2: noise_level is 1000")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "scheduler": "euler"}]}""", "stage 1: scheduler is \"euler\"; expected \"ddpm\" or")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "scheduler_config": {"lambda_min": 1}}]}""", "stage 1, scheduler_config: lambda_min is 1, a key that is not known")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "scheduler_config": {"solver_order": "2"}}]}""", "stage 1, scheduler_config: solver_order is \"2\"")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "scheduler_config": {"_class_name": "DDPMScheduler"}}]}""", "_class_name has no place here")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "scheduler_config": []}]}""", "stage 1: scheduler_config is []")]
    [InlineData("""{"version": 1, "stages": [{"folder": "one", "folder": "two"}]}""", "not valid JSON")]
    public void Open_WhatIsNotSupported_IsOneLineThatNamesIt(string json, string words)
    {
        var message = Assert.Throws<FloydException>(() => Open(json)).Message;

        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.StartsWith(_folder.File("cascade.json"), message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("..")]
    [InlineData("one/../two")]
    [InlineData("one/.")]
    [InlineData("one//two")]
    [InlineData("one/")]
    [InlineData("C:/one")]
    [InlineData("""one\\two""")]
    [InlineData("""one\u0000""")]
    [InlineData("""\u001b[31m""")]
    public void Open_PathThatLeavesTheFolder_IsRefused(string path) =>
        Assert.Contains("expected a folder inside this one", Assert.Throws<FloydException>(() => Open($$"""{"version": 1, "stages": [{"folder": "{{path}}"}]}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_AnyDamageToAGoodFile_EitherOpensOrSaysSoInOneLine()
    {
        const string good = """{"version": 1, "stages": [{"folder": "one", "scheduler": "dpm++", "scheduler_config": {"solver_order": 2}, "steps": 20, "guidance": 5}]}""";
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Char[(char)1, (char)0x17f]).Sample((at, with) =>
        {
            try
            {
                Assert.NotEmpty(Open(string.Concat(good.AsSpan(0, at), [with], good.AsSpan(at + 1))).Stages);
            }
            catch (FloydException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }, iter: 500, threads: 1);
    }

    [Fact]
    public void Open_FolderWithoutTheFile_SaysSo()
    {
        Assert.Contains("holds no cascade.json", Assert.Throws<FloydException>(() => CascadeModels.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<FloydException>(() => CascadeModels.Open(_folder.File("no"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_Variable_GoesBeforeFoldersAbove()
    {
        var above = _folder.Folder("clone/models");
        File.WriteAllText(Path.Combine(_folder.Folder("clone/models/one"), "model_index.json"), "{}");
        File.WriteAllText(Path.Combine(above, "cascade.json"), $$"""{"version": 1, "stages": [{{One}}]}""");
        _folder.Write("cascade.json", $$"""{"version": 1, "stages": [{{One}}]}""");
        var program = _folder.Folder("clone/bin/net");

        Assert.Equal(above, new ModelsSearch(null, program).Open().Folder);
        Assert.Equal(above, new ModelsSearch("", _folder.File("clone")).Open().Folder);
        Assert.Equal(_folder.Path, new ModelsSearch(_folder.Path, program).Open().Folder);
        Assert.Contains("FLOYD_MODELS is ", Assert.Throws<FloydException>(() => new ModelsSearch(program, program).Open()).Message, StringComparison.Ordinal);
        Assert.Contains($"models/cascade.json in {_folder.File("mark")}", Assert.Throws<FloydException>(() => new ModelsSearch(null, _folder.File("mark")).Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelsOfTheRepository_AreComplete()
    {
        var models = CascadeModels.Open(Path.Combine(GoldenFolder.RepositoryRoot, "models"));

        using var cascade = IFCascade.Open(models.ToOptions());
        Assert.Equal(models.Stages.Count, cascade.LastStage);
        Assert.Equal((64, 1 << (2 * models.Stages.Count - 2)), (cascade.Sizes.Sample, cascade.Sizes.Scale));
        Assert.NotNull(models.WatermarkerFolder);
    }

    public void Dispose() => _folder.Dispose();

    private CascadeModels Open(string json)
    {
        _folder.Write("cascade.json", json);
        return CascadeModels.Open(_folder.Path);
    }
}
