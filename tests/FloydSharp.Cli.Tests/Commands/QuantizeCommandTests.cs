using System.Text.Json;
using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public sealed class QuantizeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Run_OnACheckpoint_MakesOneThatGenerates()
    {
        var output = _folder.File("small");
        var run = CliRun.Of("quantize", Checkpoints.Small.Checkpoint("if-I"), "--convs", "--wo", "bf16", "--out", output).Succeeded();
        Assert.Matches(@"text_encoder\s+\d+ of \d+ weights in 8 bits", run.Out);
        Assert.Equal([output], Directory.EnumerateFileSystemEntries(_folder.Path));
        Assert.Equal(["8bit"], WeightSet.Variants(Path.Combine(output, "text_encoder")));
        Assert.Equal(["8bit"], WeightSet.Variants(Path.Combine(output, "unet")));

        var inspected = CliRun.Of("inspect", output).Succeeded().Out;
Assert.All(inspected.Split('\n').Where(l => l.Contains("PROBLEM", StringComparison.Ordinal)), l => Assert.EndsWith("the folder is missing", l, StringComparison.Ordinal));
        Assert.Matches(@"weights 8bit\s+.*weights in 8 bits with scales", inspected);

        var made = CliRun.Of(Checkpoints.GenerateStage1(output, _folder.File("out"))).Succeeded();
        Assert.Single(made.OutLines);
    }

    [Fact]
    public void Run_IntoTheSameFolder_AddsOnlyFilesOfTheVariant()
    {
        var checkpoint = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), _folder);
        var before = Directory.EnumerateFiles(checkpoint, "*", SearchOption.AllDirectories).ToHashSet();
        string[] args = ["quantize", checkpoint, "--components", "unet", "--out", checkpoint, "--json", "--quiet"];
        using var json = JsonDocument.Parse(CliRun.Of(args).Succeeded().Out);
        Assert.Equal("unet", json.RootElement.EnumerateArray().Single().GetProperty("name").GetString());
        var added = Directory.EnumerateFiles(checkpoint, "*", SearchOption.AllDirectories).Except(before).Select(f => Path.GetRelativePath(checkpoint, f));
        Assert.Equal([Path.Combine("unet", "diffusion_pytorch_model.8bit.safetensors")], added);
        Assert.Contains("exists already", CliRun.Of(args).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OnAComponent_WritesItWithItsConfig()
    {
        var output = _folder.File("t5");
        CliRun.Of("quantize", Checkpoints.Small.Checkpoint("if-I/text_encoder"), "--out", output).Succeeded();
        Assert.Contains("quantization_config", File.ReadAllText(Path.Combine(output, "config.json")), StringComparison.Ordinal);
        Assert.Equal(["8bit"], WeightSet.Variants(output));
    }

    [Fact]
    public void Run_TextEncoderIn8BitsBesideTheRest_Generates()
    {
        var folder = Checkpoints.WithTokenizers();
        string[] args =
        [
            "generate", "a red panda", "--stage1", folder.Checkpoint("if-I"), "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--steps", "2", "--seed", "3",
            "--device", "cpu", "--text-encoder-variant", "8bit", "--quantize", "linears", "--out", _folder.File("out"),
        ];
        var path = CliRun.Of(args).Succeeded().OutLines.Single();
        var info = CliRun.Of("inspect", path, "--json").Succeeded().Out;
        Assert.Contains("\"variant\": \"8bit\"", info, StringComparison.Ordinal);
        Assert.Contains("\"quantization\"", info, StringComparison.Ordinal);

        var again = CliRun.Of("rerun", path, "--stage1", folder.Checkpoint("if-I"), "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--out", _folder.File("again")).Succeeded();
        Assert.Contains("the same bytes", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OnPickles_IsRefusedAndLeavesNothing()
    {
        var checkpoint = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), _folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(checkpoint, "text_encoder"), "*.safetensors"))
            File.Delete(file);
        File.WriteAllText(Path.Combine(checkpoint, "text_encoder", "pytorch_model.bin"), "x");
        Assert.Contains("pickle", CliRun.Of("quantize", checkpoint, "--out", _folder.File("small")).ErrorLine(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("pickle", CliRun.Of("quantize", checkpoint, "--components", "unet", "--out", _folder.File("small")).ErrorLine(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal([checkpoint], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("--wo", "fp16", "float32 or bfloat16")]
    [InlineData("--components", "vea", "no component vea")]
    [InlineData("--components", "scheduler", "scheduler")]
    public void Run_WrongOption_SaysWhatIsPossible(string option, string value, string words) =>
        Assert.Contains(words, CliRun.Of("quantize", Checkpoints.Small.Checkpoint("if-I"), "--out", _folder.File("small"), option, value).ErrorLine(), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
