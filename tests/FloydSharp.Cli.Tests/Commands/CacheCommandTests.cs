using System.Text.Json;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Tests.Commands;

public sealed class CacheCommandTests : IDisposable
{
    private readonly PullScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Cache_OfAnEmptyCache_SaysSo() => Assert.Contains("nothing in", _scene.Run("cache").Succeeded().Out, StringComparison.Ordinal);

    [Fact]
    public void Cache_AfterAPull_ListsWhatIsThere()
    {
        Pull("owner/model", 2_000_000);
        var text = _scene.Run("cache").Succeeded().Out;
        Assert.Contains("2 MB  owner/model", text, StringComparison.Ordinal);
        Assert.Contains("0123456789 main: 3 files, 2 MB", text, StringComparison.Ordinal);
        var json = JsonDocument.Parse(_scene.Run("cache", "--json").Succeeded().Out).RootElement;
        Assert.Equal("owner/model", json.GetProperty("repositories")[0].GetProperty("repository").GetString());
        Assert.Equal("main", json.GetProperty("repositories")[0].GetProperty("revisions")[0].GetProperty("names")[0].GetString());
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("YES", true)]
    [InlineData("", false)]
    [InlineData("no", false)]
    [InlineData(null, false)]
    public void Delete_AsksFirst(string? answer, bool deletes)
    {
        Pull("owner/model", 5000);
        var run = _scene.Run(host => host with { InIsTerminal = true, ReadLine = () => answer }, "cache", "delete", "owner/model").Succeeded();
        Assert.Contains("Delete owner/model (5.1 kB) from", run.Error, StringComparison.Ordinal);
        Assert.Equal(!deletes, Directory.Exists(_scene.Snapshot("owner/model")));
        Assert.Contains(deletes ? "became free" : "nothing was deleted", deletes ? run.Out : run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Delete_WithNobodyToAsk_NeedsYes()
    {
        Pull("owner/model", 5000);
        Pull("owner/other", 5000);
        Assert.Contains("--yes", _scene.Run("cache", "delete", "owner/model").ErrorLine(), StringComparison.Ordinal);
        Assert.Contains("has no owner/third", _scene.Run("cache", "delete", "owner/model", "owner/third", "--yes").ErrorLine(), StringComparison.Ordinal);
        Assert.True(Directory.Exists(_scene.Snapshot("owner/model")));
        _scene.Run("cache", "delete", "owner/model", "--yes").Succeeded();
        Assert.Equal(["owner/other"], new HubCache(_scene.Cache).List().Select(r => r.Id.Text));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../model")]
    [InlineData("/")]
    [InlineData("owner--model")]
    [InlineData("owner\\model")]
    public void Delete_OfAHostileName_TouchesNothing(string name)
    {
        Pull("owner/model", 5000);
        Assert.Contains("expected owner/name", _scene.Run("cache", "delete", name, "--yes").ErrorLine(), StringComparison.Ordinal);
        Assert.True(Directory.Exists(_scene.Snapshot("owner/model")));
    }

    [Fact]
    public void Delete_OfARevision_GivesJson()
    {
        Pull("owner/model", 5000);
        var json = JsonDocument.Parse(_scene.Run("cache", "delete", "owner/model", "--revision", "main", "--yes", "--json").Succeeded().Out).RootElement;
        Assert.InRange(json.GetProperty("freed_bytes").GetInt64(), 5000, 5500);
        Assert.False(Directory.Exists(_scene.Snapshot("owner/model")));
    }

    private void Pull(string id, int size)
    {
        _scene.AddModel(id, size);
        _scene.Run("pull", id, "--quiet").Succeeded();
    }
}
