using FloydSharp.IO.Hub;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

public class HubSettingsTests
{
    [Theory]
    [InlineData("/h/.cache/huggingface/hub")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    [InlineData("/hf/hub", "XDG_CACHE_HOME=/x", "HF_HOME=/hf")]
    [InlineData("/old", "HF_HOME=/hf", "HUGGINGFACE_HUB_CACHE=/old")]
    [InlineData("/new", "HF_HOME=/hf", "HUGGINGFACE_HUB_CACHE=/old", "HF_HUB_CACHE=/new")]
    [InlineData("/h/models/hub", "HF_HOME=~/models")]
    [InlineData("/disk/hf/hub", "HF_HOME=$DATA/hf", "DATA=/disk")]
    [InlineData("/disk/hf/hub", "HF_HOME=${DATA}/hf", "DATA=/disk")]
    public void FromEnvironment_OfFolders_FindsTheCache(string expected, params string[] environment) =>
        Assert.Equal(Path.GetFullPath(expected), Of(environment).CacheFolder);

    [Theory]
    [InlineData("1", true)]
    [InlineData("on", true)]
    [InlineData("Yes", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("no", false)]
    public void FromEnvironment_OfSwitches_UnderstandsThem(string value, bool on)
    {
        Assert.Equal(on, Of($"HF_HUB_OFFLINE={value}").Offline);
        Assert.Equal(on, Of($"TRANSFORMERS_OFFLINE={value}").Offline);
        Assert.Equal(!on, Of($"HF_HUB_DISABLE_SYMLINKS={value}").Symlinks);
        Assert.Equal(on ? null : "hf_a", Of($"HF_HUB_DISABLE_IMPLICIT_TOKEN={value}", "HF_TOKEN=hf_a").Token);
    }

    [Fact]
    public void FromEnvironment_OfTokens_TakesTheFirstThatIsThere()
    {
        using var folder = new TemporaryFolder();
        folder.Write("token", " hf_home\r\n");
        var other = folder.Write("other", "hf_other\n");
        var home = $"HF_HOME={folder.Path}";
        Assert.Null(Of().Token);
        Assert.Equal("hf_home", Of(home).Token);
        Assert.Equal("hf_other", Of(home, $"HF_TOKEN_PATH={other}").Token);
        Assert.Equal("hf_old", Of(home, "HUGGING_FACE_HUB_TOKEN=hf_old").Token);
        Assert.Equal("hf_new", Of(home, "HUGGING_FACE_HUB_TOKEN=hf_old", "HF_TOKEN=hf_new ").Token);
        Assert.Equal("hf_home", Of(home, "HF_TOKEN= ").Token);
    }

    [Fact]
    public void FromEnvironment_OfATokenThatWouldBeAnotherHeader_Fails()
    {
        var failure = Assert.Throws<HubException>(() => Of("HF_TOKEN=hf_a b"));
        Assert.Equal(HubError.BadToken, failure.Error);
        Assert.DoesNotContain("hf_a", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_WithAToken_DoesNotShowIt() => Assert.DoesNotContain("hf_secret", Of("HF_TOKEN=hf_secret").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("HF_ENDPOINT=huggingface.co", "HF_ENDPOINT")]
    [InlineData("HF_ENDPOINT=ftp://a", "HF_ENDPOINT")]
    [InlineData("HF_ENDPOINT=https://me:word@a", "HF_ENDPOINT")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT=soon", "HF_HUB_DOWNLOAD_TIMEOUT")]
    [InlineData("HF_HUB_ETAG_TIMEOUT=-1", "HF_HUB_ETAG_TIMEOUT")]
    public void FromEnvironment_OfBadValues_NamesTheVariable(string assignment, string words) =>
        Assert.Contains(words, Assert.Throws<FloydException>(() => Of(assignment)).Message, StringComparison.Ordinal);

    [Fact]
    public void FromEnvironment_OfMirrorAndTimeouts_TakesThem()
    {
        var settings = Of("HF_ENDPOINT=https://mirror.example/hf/", "HF_HUB_DOWNLOAD_TIMEOUT=2.5", "HF_HUB_ETAG_TIMEOUT=30");
        Assert.Equal(("https://mirror.example/hf", 2.5, 30.0), (settings.Endpoint, settings.ReadTimeout.TotalSeconds, settings.AnswerTimeout.TotalSeconds));
    }

    private static HubSettings Of(params string[] environment)
    {
        var values = environment.Append("HOME=/h").Select(e => e.Split('=', 2)).ToDictionary(e => e[0], e => e[1]);
        return HubSettings.FromEnvironment(name => values.GetValueOrDefault(name));
    }
}
