using FloydSharp.IO.Hub;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

public class RepoIdTests
{
    [Theory]
    [InlineData("DeepFloyd/IF-I-XL-v1.0", "models--DeepFloyd--IF-I-XL-v1.0")]
    [InlineData("gpt2", "models--gpt2")]
    [InlineData("a_b/c.d-e_f", "models--a_b--c.d-e_f")]
    public void Parse_OfNames_KnowsTheirFolders(string text, string folder)
    {
        var id = RepoId.Parse(text);
        Assert.Equal(folder, id.FolderName);
        Assert.Equal(id, RepoId.OfFolder(folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b..c")]
    [InlineData("a/b--c")]
    [InlineData("-a/b")]
    [InlineData("a/b.")]
    [InlineData("a/b.git")]
    [InlineData("a/b c")]
    [InlineData("a\\b")]
    [InlineData("a/b?x=1")]
    [InlineData("a/\u00fc")]
    [InlineData("a/b\n")]
    public void Parse_OfOtherTexts_SaysWhatIsExpected(string text) =>
        Assert.Contains("expected owner/name", Assert.Throws<FloydException>(() => RepoId.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_OfPartsThatAreTooLong_Fails()
    {
        Assert.True(RepoId.TryParse(new string('a', 96) + "/" + new string('b', 96), out _));
        Assert.False(RepoId.TryParse(new string('a', 97) + "/b", out _));
    }

    [Theory]
    [InlineData("datasets--a--b")]
    [InlineData("models--a--b--c")]
    [InlineData("models--..--b")]
    [InlineData("models--")]
    [InlineData(".locks")]
    public void OfFolder_OfOtherFolders_IsNone(string folder) => Assert.Null(RepoId.OfFolder(folder));
}
