using FloydSharp.Kernels.Cuda;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Kernels.Cuda;

public class ConvolutionChoicesTests
{
    private const string Key = "A GPU, cuDNN 91002, Float16 2x64x64x192";
    private const string Tag = "eng5_k2=9_k13=-1";

    [Fact]
    public void Find_AfterKeep_ReturnsTheTagInAnyProcess()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(new ConvolutionChoices(folder.Path).Find(Key));
        Assert.Equal(Tag, new ConvolutionChoices(folder.Path).Keep(Key, Tag));
        Assert.Equal(Tag, new ConvolutionChoices(folder.Path).Find(Key));
    }

    [Fact]
    public void Find_OtherKey_KnowsNothing()
    {
        using var folder = new TemporaryFolder();
        var choices = new ConvolutionChoices(folder.Path);
        choices.Keep(Key, Tag);
        Assert.Null(choices.Find(Key.Replace("91002", "91003", StringComparison.Ordinal)));
        Assert.Null(choices.Find(Key + "8"));
    }

    [Fact]
    public void Keep_AnotherWasFaster_ReturnsWhatItKept()
    {
        using var folder = new TemporaryFolder();
        new ConvolutionChoices(folder.Path).Keep(Key, "eng1");
        Assert.Equal("eng1", new ConvolutionChoices(folder.Path).Keep(Key, Tag));
        Assert.Equal("eng1", new ConvolutionChoices(folder.Path).Find(Key));
    }

    [Fact]
    public void Keep_ManyAtOnce_AgreeOnOne()
    {
        using var folder = new TemporaryFolder();
        var kept = new string[16];
        Parallel.For(0, kept.Length, new ParallelOptions { MaxDegreeOfParallelism = kept.Length },
            i => kept[i] = new ConvolutionChoices(folder.Path).Keep(Key, $"eng{i}"));
        Assert.Single(kept.Distinct());
        Assert.Equal(kept[0], new ConvolutionChoices(folder.Path).Find(Key));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{key}\neng1\n")]
    [InlineData("{key}\neng1\n0000\n")]
    [InlineData("{whole}more\n")]
    [InlineData("{cut}")]
    [InlineData("{long}")]
    public void Find_DamagedFile_KnowsNothingAndKeepRepairsIt(string content)
    {
        using var folder = new TemporaryFolder();
        var choices = new ConvolutionChoices(folder.Path);
        choices.Keep(Key, Tag);
        var file = choices.FileOf(Key);
        var whole = File.ReadAllText(file);
        File.WriteAllText(file, content.Replace("{key}", Key, StringComparison.Ordinal).Replace("{whole}", whole, StringComparison.Ordinal)
            .Replace("{cut}", whole[..^5], StringComparison.Ordinal).Replace("{long}", new string('a', 1 << 20), StringComparison.Ordinal));
        Assert.Null(choices.Find(Key));
        Assert.Equal("eng7", choices.Keep(Key, "eng7"));
        Assert.Equal("eng7", choices.Find(Key));
    }

    [Theory]
    [InlineData("eng-1")]
    [InlineData("eng1_k2=3 ")]
    [InlineData("eng99999999999999999999")]
    [InlineData("")]
    public void Find_TagOfAnotherForm_KnowsNothing(string tag)
    {
        using var folder = new TemporaryFolder();
        var choices = new ConvolutionChoices(folder.Path);
        choices.Keep(Key, tag);
        Assert.Null(choices.Find(Key));
    }

    [Fact]
    public void Keep_FileOfAnotherKey_IsNotTaken()
    {
        using var folder = new TemporaryFolder();
        var choices = new ConvolutionChoices(folder.Path);
        choices.Keep(Key, Tag);
        File.Copy(choices.FileOf(Key), choices.FileOf("another"));
        Assert.Null(choices.Find("another"));
    }

    [Fact]
    public void Keep_NoFolder_KeepsNothing()
    {
        var choices = new ConvolutionChoices(null);
        Assert.Equal(Tag, choices.Keep(Key, Tag));
        Assert.Null(choices.Find(Key));
        Assert.Equal(Tag, new ConvolutionChoices(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"))).Keep(Key, Tag));
    }
}
