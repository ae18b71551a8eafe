using System.Text.Json;
using FloydSharp.Cascade;
using FloydSharp.IO.Hub;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public sealed class PullCommandTests : IDisposable
{
    private const string Weights = "unet/diffusion_pytorch_model.fp16.safetensors";

    private readonly PullScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Pull_OfACheckpoint_GivesANameThatGenerateTakes()
    {
        _scene.AddCheckpoint("owner/if-i", Checkpoints.Small.Checkpoint("if-I"));
        var pull = _scene.Run("pull", "owner/if-i", "--variant", "float32", "--text-encoder", "float32").Succeeded();
        Assert.Equal([_scene.Snapshot("owner/if-i")], pull.OutLines);
        Assert.Contains("owner/if-i  unet/", pull.Error, StringComparison.Ordinal);

        using var output = new TemporaryFolder();
        var requests = _scene.Hub.HubRequests.Count;
        var picture = _scene.Run(Checkpoints.GenerateStage1("owner/if-i", output.Path)).Succeeded().OutLines.Single();
        var local = _scene.Run(Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), output.Path)).Succeeded().OutLines.Single();
        Assert.Equal("owner/if-i", PictureInfo.Read(picture)!.Stages.Single().Checkpoint);
        Assert.Equal(PictureInfo.Read(local)!.Checkpoints["stage1/unet"], PictureInfo.Read(picture)!.Checkpoints["stage1/unet"]);
        Assert.Equal(requests, _scene.Hub.HubRequests.Count);
        Assert.Contains("IFPipeline", _scene.Run("inspect", "owner/if-i").Succeeded().Out, StringComparison.Ordinal);
        Assert.Contains("UNet2DConditionModel", _scene.Run("inspect", "owner/if-i/unet").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Pull_OfASet_BringsThreeStagesAndOneTextEncoder()
    {
        const string index = """{"unet": ["diffusers", "UNet2DConditionModel"], "text_encoder": ["transformers", "T5EncoderModel"]}""";
        foreach (var id in ModelSet.Find("if-m")!.Stages)
        {
            _scene.AddModel(id.Text, 1000).Add("model_index.json", index)
                .Add("text_encoder/config.json", "{}").Add("text_encoder/model.8bit.safetensors", 500).Add("text_encoder/model.safetensors", 900);
        }

        _scene.Hub.Add("stabilityai/stable-diffusion-x4-upscaler", PullScene.Commit)
            .Add("model_index.json", index.Replace("T5EncoderModel", "CLIPTextModel", StringComparison.Ordinal))
            .Add("unet/config.json", "{}").Add("unet/diffusion_pytorch_model.safetensors", 10)
            .Add("text_encoder/config.json", "{}").Add("text_encoder/model.safetensors", 10);

        var dry = _scene.Run("pull", "if-m", "--dry-run").Succeeded();
        Assert.Contains("text_encoder/model.8bit.safetensors", dry.Out, StringComparison.Ordinal);
        Assert.Contains("to download: 2.", dry.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_scene.Cache));

        Assert.Contains("floyd pull if-m", _scene.Run("generate", "a cat", "--models", "if-m").ErrorLine(), StringComparison.Ordinal);
        var json = JsonDocument.Parse(_scene.Run("pull", "if-m", "--json", "--quiet").Succeeded().Out).RootElement;
        Assert.Equal(ModelSet.Find("if-m")!.Stages.Select(s => s.Text), json.GetProperty("repositories").EnumerateArray().Select(r => r.GetProperty("repository").GetString()));
        Assert.True(File.Exists(Path.Combine(_scene.Snapshot("DeepFloyd/IF-I-M-v1.0"), "text_encoder", "model.8bit.safetensors")));
        Assert.False(File.Exists(Path.Combine(_scene.Snapshot("DeepFloyd/IF-I-M-v1.0"), "text_encoder", "model.safetensors")));
        Assert.False(Directory.Exists(Path.Combine(_scene.Snapshot("DeepFloyd/IF-II-M-v1.0"), "text_encoder")));
        Assert.True(File.Exists(Path.Combine(_scene.Snapshot("stabilityai/stable-diffusion-x4-upscaler"), "text_encoder", "model.safetensors")));
        // All three folders are found now; what is in them is no model.
        Assert.DoesNotContain("floyd pull", _scene.Run("check", "a cat", "--models", "if-m").ErrorLine(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DeepFloyd/IF-I-M-v1.0", "no folder DeepFloyd/IF-I-M-v1.0, and no repository")]
    [InlineData("DeepFloyd/IF-I-M-v1.0/unet", "download it: floyd pull DeepFloyd/IF-I-M-v1.0")]
    public void Generate_WithANameThatIsNotThere_SaysHowToGetIt(string name, string words) =>
        Assert.Contains(words, _scene.Run("generate", "a cat", "--stage1", name).ErrorLine(), StringComparison.Ordinal);

    [Fact]
    public void Generate_WithAnIncompleteDownload_SaysHowToCompleteIt()
    {
        _scene.AddModel("owner/model", 1000);
        _scene.Run("pull", "owner/model").Succeeded();
        File.Delete(Path.Combine(_scene.Snapshot("owner/model"), "unet", "diffusion_pytorch_model.fp16.safetensors"));
        var error = _scene.Run("generate", "a cat", "--stage1", "owner/model").ErrorLine();
        Assert.Contains("weights of unet are missing", error, StringComparison.Ordinal);
        Assert.EndsWith("floyd pull owner/model", error, StringComparison.Ordinal);
        _scene.Run("pull", "owner/model").Succeeded();
        Assert.True(File.Exists(Path.Combine(_scene.Snapshot("owner/model"), Weights)));
    }

    [Fact]
    public void Generate_WithAFolderOfTheName_TakesTheFolder()
    {
        // A name can only be taken for a repository's where it is relative.
        var owner = Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);
        _scene.AddModel($"{owner}/model", 1000);
        _scene.Run("pull", $"{owner}/model").Succeeded();
        Directory.CreateDirectory($"{owner}/model");
        try
        {
            Assert.Contains($"{owner}/model holds no model_index.json", _scene.Run("check", "a cat", "--stage1", $"{owner}/model").ErrorLine(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(owner, recursive: true);
        }
    }

    [Fact]
    public void Pull_OfAGatedRepository_SaysWhatToDo()
    {
        _scene.AddModel("owner/model", 1000).Gated = true;
        Assert.Contains("accept its licence", _scene.Run("pull", "owner/model").ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pull_WhenStopped_KeepsWhatCameAndSaysSo()
    {
        _scene.AddModel("owner/model", 200_000);
        using var stop = new CancellationTokenSource();
        _scene.Hub.StorageFault = (_, reply) =>
        {
            stop.CancelAfter(300);
            return reply with { HangAfter = 100_000 };
        };
        var run = _scene.Run(host => host with { Cancellation = stop.Token }, "pull", "owner/model");
        Assert.Equal(ExitCode.Cancelled, run.Code);
        Assert.Contains("goes on from there", run.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_scene.Cache, "*.floyd.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Pull_AfterAKill_GoesOnWhereItWas()
    {
        const int size = 6_000_000, half = 3_000_000;
        var repository = _scene.AddModel("owner/model", size);
        _scene.Hub.StorageFault = (_, reply) => reply with { HangAfter = half };
        using (var child = _scene.Start("pull", "owner/model"))
        {
            var partial = Path.Combine(_scene.Cache, "models--owner--model", "blobs", repository.HashOf(Weights) + ".floyd.incomplete");
            while (!child.HasExited && (!File.Exists(partial) || new FileInfo(partial).Length < half))
                await Task.Delay(20, TestContext.Current.CancellationToken);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Null(new HubCache(_scene.Cache).FindSnapshot(RepoId.Parse("owner/model")));
        _scene.Hub.StorageFault = (_, reply) => reply;
        var (code, _, error) = await ChildProcess.Run(_scene.Environment, "pull", "owner/model");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("goes on at 3 MB of 6 MB", error, StringComparison.Ordinal);
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Path.Combine(_scene.Snapshot("owner/model"), Weights)));
        Assert.Equal([0, half], _scene.Hub.StorageRequests.Select(r => r.From));
        Assert.Equal(size, _scene.Hub.StorageBytes);
    }

    [Fact]
    public async Task Pull_ByTwoProcessesAtOnce_GetsEachFileOnce()
    {
        const int size = 3_000_000;
        var repository = _scene.AddModel("owner/model", size);
        _scene.Hub.StorageFault = (_, reply) => reply with { Slow = TimeSpan.FromMilliseconds(30) };
        var runs = await Task.WhenAll(ChildProcess.Run(_scene.Environment, "pull", "owner/model"), ChildProcess.Run(_scene.Environment, "pull", "owner/model"));
        Assert.All(runs, run => Assert.True(run.Code == ExitCode.Ok, run.Error));
        Assert.Equal(repository.Files[Weights], File.ReadAllBytes(Path.Combine(_scene.Snapshot("owner/model"), Weights)));
        Assert.Equal(size, _scene.Hub.StorageBytes);
    }
}
