using FloydSharp.IO.Hub;
using FloydSharp.Testing;
using FloydSharp.Testing.Hub;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

/// <summary>A Hub, a cache and a client whose waits take no time.</summary>
internal sealed class HubScene : IDisposable, IProgress<HubEvent>
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string Index = """{"_class_name": "IFPipeline", "unet": ["diffusers", "UNet2DConditionModel"], "scheduler": ["diffusers", "DDPMScheduler"]}""";

    private readonly TemporaryFolder _folder = new();
    private readonly List<HubClient> _clients = [];

    public FakeHub Hub { get; } = new();

    public RepoId Id { get; } = RepoId.Parse("owner/model");

    public List<HubEvent> Events { get; } = [];

    public List<TimeSpan> Waits { get; } = [];

    public HubSettings Settings => new()
    {
        Endpoint = Hub.Address,
        CacheFolder = _folder.File("cache"),
        AnswerTimeout = TimeSpan.FromSeconds(5),
        ReadTimeout = TimeSpan.FromSeconds(5),
    };

    public HubCache Cache => new(Settings.CacheFolder);

    public string Repository => Path.Combine(Settings.CacheFolder, Id.FolderName);

    public string Snapshot => Path.Combine(Repository, "snapshots", Commit);

    public string Blobs => Path.Combine(Repository, "blobs");

    public string WeightsPath => Path.Combine(Snapshot, "unet", "diffusion_pytorch_model.safetensors");

    /// <summary>The model with a large file of a size.</summary>
    public FakeRepository AddModel(int size = 300_000) => Hub.Add(Id.Text, Commit)
        .Add(RepositoryPlan.IndexName, Index)
        .Add("unet/config.json", "{}")
        .Add("unet/diffusion_pytorch_model.safetensors", size)
        .Add("scheduler/scheduler_config.json", "{\"a\": 1}")
        .Add("README.md", "not needed");

    public HubClient Client(HubSettings? settings = null, HttpMessageHandler? handler = null)
    {
        var client = new HubClient(settings ?? Settings, handler)
        {
            Delay = (wait, cancellation) =>
            {
                lock (Waits)
                    Waits.Add(wait);
                return Task.Delay(TimeSpan.Zero, cancellation);
            },
        };
        _clients.Add(client);
        return client;
    }

    public HubDownloader Downloader(HubSettings? settings = null) => new(Client(settings));

    /// <summary>Downloads the model.</summary>
    public async Task<HubPull> Pull(HubSettings? settings = null, HubDownloader? downloader = null, CancellationToken cancellation = default)
    {
        downloader ??= Downloader(settings);
        var pull = await downloader.PlanAsync(Id, "main", new(), this, cancellation);
        await downloader.DownloadAsync([pull], this, cancellation);
        return pull;
    }

    public async Task<HubException> Fails(HubError error, HubSettings? settings = null)
    {
        var failure = await Assert.ThrowsAsync<HubException>(() => Pull(settings));
        Assert.Equal(error, failure.Error);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain("signature=", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Hub.Token, failure.Message, StringComparison.Ordinal);
        return failure;
    }

    void IProgress<HubEvent>.Report(HubEvent value)
    {
        lock (Events)
            Events.Add(value);
    }

    public void Dispose()
    {
        _clients.ForEach(c => c.Dispose());
        Hub.Dispose();
        _folder.Dispose();
    }
}
