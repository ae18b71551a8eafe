using System.Text.Json;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class InspectCommandTests
{
    public static TheoryData<GoldenFolder, string> GoldenCheckpoints => [.. Checkpoints.All
        .SelectMany(f => Directory.GetDirectories(f.Checkpoint("")).Order(StringComparer.Ordinal).Select(c => new TheoryDataRow<GoldenFolder, string>(f, Path.GetFileName(c))))];

    [Theory]
    [MemberData(nameof(GoldenCheckpoints), DisableDiscoveryEnumeration = true)]
    public void Run_OnACheckpoint_FindsEveryModelFitting(GoldenFolder folder, string checkpoint)
    {
        using var json = JsonDocument.Parse(CliRun.Of("inspect", folder.Checkpoint(checkpoint), "--json").Succeeded().Out);
        var components = json.RootElement.GetProperty("components").EnumerateArray().ToList();
        Assert.Contains(components, c => c.GetProperty("name").GetString() == "unet" && c.GetProperty("class_name").GetString() == "UNet2DConditionModel");
        foreach (var component in components)
        {
            var problems = component.GetProperty("problems").EnumerateArray().Select(p => p.GetString()).ToList();
            Assert.All(problems, p => Assert.Equal("the folder is missing", p));
        }
    }

    [Fact]
    public void Run_OnAComponent_ShowsVariantsShardsAndConfig()
    {
        using var folder = new TemporaryFolder();
        HalfShards.Write(Checkpoints.Small.Checkpoint("if-I/unet"), folder.Path);
        var text = CliRun.Of("inspect", folder.Path).Succeeded().Out;
        Assert.Matches(@"UNet2DConditionModel", text);
        Assert.Matches(@"weights\s+\d+ parameters, .*, \d+ tensors \(\d+ F32\)", text);
        Assert.Matches(@"weights fp16\s+.*F16\), 2 shards", text);
        Assert.Matches(@"block_out_channels\s+\[", text);
    }

    [Fact]
    public void Run_OnAComponentWithOtherWeights_ListsWhatDoesNotFit()
    {
        using var input = new TemporaryFolder();
        var checkpoint = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), input);
        File.Copy(
            Checkpoints.Small.Checkpoint("x4/unet/diffusion_pytorch_model.safetensors"),
            Path.Combine(checkpoint, "unet", "diffusion_pytorch_model.safetensors"), overwrite: true);
        var text = CliRun.Of("inspect", checkpoint).Succeeded().Out;
        Assert.Matches(@"PROBLEM\s+missing: \S+", text);
        Assert.Matches(@"PROBLEM\s+wrong shape: conv_in.weight is \[", text);
        Assert.Matches(@"PROBLEM\s+unexpected: \d+ more", text);
    }

    [Fact]
    public void Run_OnATruncatedFile_ReportsItAsAProblemOfItsComponent()
    {
        using var input = new TemporaryFolder();
        var checkpoint = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), input);
        var weights = Path.Combine(checkpoint, "text_encoder", "model.safetensors");
        using (var file = File.OpenWrite(weights))
            file.SetLength(file.Length / 2);
        Assert.Matches(@"PROBLEM\s+.*model\.safetensors", CliRun.Of("inspect", checkpoint).Succeeded().Out);
        Assert.Contains("model.safetensors", CliRun.Of("inspect", weights).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OnWeights_ListsTheFirstTensorsOrAll()
    {
        var path = Checkpoints.Small.Checkpoint("if-I/unet/diffusion_pytorch_model.safetensors");
        var some = CliRun.Of("inspect", path).Succeeded().Out;
        var all = CliRun.Of("inspect", path, "--all").Succeeded().Out;
        Assert.Matches(@"\.\.\. and \d+ more; --all lists them", some);
        Assert.DoesNotContain("more; --all", all, StringComparison.Ordinal);
        Assert.Contains("conv_in.weight", all, StringComparison.Ordinal);

        using var json = JsonDocument.Parse(CliRun.Of("inspect", path, "--all", "--json").Succeeded().Out);
        var root = json.RootElement;
        Assert.Equal(root.GetProperty("weights").GetProperty("tensors").GetInt32(), root.GetProperty("tensors").GetArrayLength());
        Assert.Equal(["name", "dtype", "shape", "bytes"], root.GetProperty("tensors")[0].EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void Run_OnAPicture_ShowsItsSize()
    {
        var path = Directory.EnumerateFiles(Checkpoints.Small.Path, "*.png").Order(StringComparer.Ordinal).First();
        Assert.Matches(@"size\s+\d+x\d+", CliRun.Of("inspect", path).Succeeded().Out);
        using var json = JsonDocument.Parse(CliRun.Of("inspect", path, "--json").Succeeded().Out);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("info").ValueKind);
    }

    [Fact]
    public void Run_OnAFileOfAnotherKind_SaysSo()
    {
        using var input = new TemporaryFolder();
        File.WriteAllText(input.File("notes.txt"), "hello");
        Assert.Contains("notes.txt", CliRun.Of("inspect", input.File("notes.txt")).ErrorLine(), StringComparison.Ordinal);
        File.WriteAllText(input.File("config.json"), "{}");
        Assert.Contains("config.json is JSON, but no index of weights", CliRun.Of("inspect", input.File("config.json")).ErrorLine(), StringComparison.Ordinal);
        File.WriteAllBytes(input.File("cut.png"), [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]);
        Assert.Contains("cut.png", CliRun.Of("inspect", input.File("cut.png")).ErrorLine(), StringComparison.Ordinal);
    }
}
