using System.Diagnostics;
using FloydSharp.IO.Hub;
using FloydSharp.Testing;
using FloydSharp.Testing.Hub;

namespace FloydSharp.Cli.Tests.Commands;

/// <summary>A Hub and an empty cache, for command lines in this process and in others.</summary>
internal sealed class PullScene : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();

    public FakeHub Hub { get; } = new();

    public string Cache => _folder.File("hf/hub");

    /// <summary>The environment of other processes.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["HF_ENDPOINT"] = Hub.Address,
        ["HF_HOME"] = _folder.File("hf"),
        ["HF_HUB_CACHE"] = "",
        ["HUGGINGFACE_HUB_CACHE"] = "",
        ["HF_TOKEN"] = "",
        ["HUGGING_FACE_HUB_TOKEN"] = "",
        ["HF_TOKEN_PATH"] = "",
        ["HF_HUB_OFFLINE"] = "",
        ["TRANSFORMERS_OFFLINE"] = "",
        ["HF_HUB_DISABLE_SYMLINKS"] = "",
        ["NO_PROXY"] = "127.0.0.1",
    };

    public string Snapshot(string id) => Path.Combine(Cache, RepoId.Parse(id).FolderName, "snapshots", Commit);

    /// <summary>A repository that holds a checkpoint.</summary>
    public FakeRepository AddCheckpoint(string id, string checkpoint)
    {
        var repository = Hub.Add(id, Commit);
        foreach (var file in Directory.EnumerateFiles(checkpoint, "*", SearchOption.AllDirectories))
            repository.Add(Path.GetRelativePath(checkpoint, file).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllBytes(file));
        return repository;
    }

    /// <summary>A repository with one large file.</summary>
    public FakeRepository AddModel(string id, int size) => Hub.Add(id, Commit)
        .Add("model_index.json", """{"_class_name": "IFPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}""")
        .Add("unet/config.json", "{}")
        .Add("unet/diffusion_pytorch_model.fp16.safetensors", size);

    /// <summary>Runs a command line in this process.</summary>
    public CliRun Run(params IEnumerable<string> args) => Run(host => host, args);

    /// <inheritdoc cref="Run(IEnumerable{string})"/>
    public CliRun Run(Func<CliHost, CliHost> configure, params IEnumerable<string> args) => CliRun.Of(
        host => configure(host with { Hub = () => new() { Endpoint = Hub.Address, CacheFolder = Cache, AnswerTimeout = TimeSpan.FromSeconds(5), ReadTimeout = TimeSpan.FromSeconds(5) } }), args);

    /// <summary>Starts a command line in another process.</summary>
    public Process Start(params string[] args) => ChildProcess.Start(Environment, args);

    public void Dispose()
    {
        Hub.Dispose();
        _folder.Dispose();
    }
}
