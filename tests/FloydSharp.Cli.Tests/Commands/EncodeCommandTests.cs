using System.Text.Json;
using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class EncodeCommandTests
{
    [Fact]
    public void Run_WithPrompts_WritesAFileThatGenerateTakes()
    {
        var folder = Checkpoints.WithTokenizers();
        using var output = new TemporaryFolder();
        var file = output.File("panda.safetensors");
        string[] args = ["encode", "a red panda", "--negative", "blurry", "--stage1", folder.Checkpoint("if-I"), "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--device", "cpu", "--out", file];
        Assert.Equal(file + "\n", CliRun.Of(args).Succeeded().Out);
        using (var written = SafetensorsFile.Open(file))
            Assert.Equal("[\"a red panda\"]", written.Header.Metadata["prompts"]);

        var run = CliRun.Of("generate", "--embeddings", file, "--stage1", folder.Checkpoint("if-I"), "--seed", "1", "--steps", "2", "--device", "cpu", "--out", output.File("out")).Succeeded();
        Assert.Contains("a-red-panda_s1_p00_1-", run.Out, StringComparison.Ordinal);
        Assert.Contains("exists already", CliRun.Of(args).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithJson_PrintsOneObject()
    {
        var folder = Checkpoints.WithTokenizers();
        using var output = new TemporaryFolder();
        var run = CliRun.Of(
            "encode", "one", "two", "--text-encoder", folder.Checkpoint("if-I/text_encoder"), "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"),
            "--device", "cpu", "--out", output.File("e.safetensors"), "--json", "--quiet").Succeeded();
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(["path", "prompts", "negative_prompts", "warnings", "total_seconds"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["one", "two"], json.RootElement.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!));
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Run_WithoutTokenizer_SaysWhatToGive()
    {
        using var output = new TemporaryFolder();
        var line = CliRun.Of("encode", "one", "--stage1", Checkpoints.Small.Checkpoint("if-I"), "--device", "cpu", "--out", output.File("e.safetensors")).ErrorLine();
        Assert.Contains("tokenizer", line, StringComparison.Ordinal);
    }
}
