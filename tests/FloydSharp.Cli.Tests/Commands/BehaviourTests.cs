using FloydSharp.Cascade;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

/// <summary>Styles, profiles and thresholds of the verbs that make pictures.</summary>
public class BehaviourTests
{
    private static string Photo => Checkpoints.Small.FileOf("resize_in.png");

    [Fact]
    public void Run_EachProfile_IsKeptInThePictureWithWhatItSets()
    {
        using var output = new TemporaryFolder();
        var infos = BehaviourProfile.All.ToDictionary(p => p.Name, p =>
            PictureInfo.Read(CliRun.Of(Checkpoints.Generate(Checkpoints.Small, output.Path, "--profile", p.Name)).Succeeded().OutLines[^1])!);

        Assert.All(infos, i => Assert.Equal(i.Key, i.Value.Profile));
        Assert.Equal([false, true, false, false], infos.Values.Select(i => i.ReseedStages));
        Assert.Equal([true, true, false, false], infos.Values.Select(i => i.Stages[0].FromLastTimestep));
        Assert.Equal([true, true, false, true], infos.Values.Select(i => i.NsfwDetected is not null));
        Assert.All(infos.Values, i => Assert.Equal([2, 2], i.Stages.Select(s => s.Steps)));
    }

    [Fact]
    public void Vary_StyleAlone_IsTheOriginalsStyleTransfer()
    {
        var folder = Checkpoints.WithTokenizers();
        using var output = new TemporaryFolder();
        var run = CliRun.Of(
            "vary", Photo, "--style", "lego (2)", "--style-mix", "0.4,-", "--threshold-ratio", "0.9,-", "--threshold-max", "2", "--profile", "deepfloyd",
            "--timesteps", "5,5,0,0/3,3", "--stage1", folder.Checkpoint("if-I"), "--stage2", folder.Checkpoint("if-II"),
            "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--seed", "5", "--device", "cpu", "--out", output.Path).Succeeded();

        var info = PictureInfo.Read(run.OutLines[^1])!;
        Assert.Equal(("lego (2)", "lego (2)", "variation"), (info.Prompt, info.StylePrompt, info.Start));
        Assert.Equal([0.4, 0.5], info.Stages.Select(s => s.StyleMix));
        Assert.Equal([0.9, null], info.Stages.Select(s => s.DynamicThresholdingRatio));
        Assert.Equal([2.0, 2.0], info.Stages.Select(s => s.SampleMaxValue));
        Assert.Equal([1.0, 1.0], info.Stages.Select(s => s.Strength));
        Assert.Equal([(10, 499), (6, 999)], info.Stages.Select(s => (s.Steps, s.Timesteps![0])));
        Assert.Contains("warning: caption cleaning deletes \"(\", \")\" in the style; --no-clean-caption keeps it\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_WithStyle_GivesGenerateTheSamePicture()
    {
        var folder = Checkpoints.WithTokenizers();
        using var output = new TemporaryFolder();
        var file = output.File("e.safetensors");
        string[] text = ["--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--stage1", folder.Checkpoint("if-I"), "--device", "cpu"];
        string[] run = ["--seed", "5", "--steps", "1", "--out", output.Path, "--quiet", .. text];

        CliRun.Of(["encode", "a cat", "--style", "lego", "--out", file, .. text]).Succeeded();
        var styled = CliRun.Of(["generate", "a cat", "--style", "lego", .. run]).Succeeded().OutLines[0];
        var given = CliRun.Of(["generate", "--embeddings", file, .. run]).Succeeded().OutLines[0];
        var plain = CliRun.Of(["generate", "a cat", "--no-safety-checker", .. run]).Succeeded().OutLines[0];

        // The files differ in what they say: one was made from a file of embeddings.
        Assert.True(ImageFile.Load(styled).ContentEquals(ImageFile.Load(given)));
        Assert.Equal("lego", PictureInfo.Read(given)!.StylePrompt);
        Assert.Null(PictureInfo.Read(plain)!.StylePrompt);
    }
}
