using FloydSharp.IO.Json;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Json;

public sealed class ConfigFileTests
{
    [Fact]
    public void Load_FolderOrFile_ReadsTheSame()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("some.json"), """{"a": 1}""");

        Assert.Equal(1, (int?)ConfigFile.Load(folder.Path, "some.json").Values["a"]);
        Assert.Equal(1, (int?)ConfigFile.Load(folder.File("some.json")).Values["a"]);
    }

    [Fact]
    public void Load_FolderWithoutFile_NamesBoth()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<FloydException>(() => ConfigFile.Load(folder.Path, "some.json"));

        Assert.StartsWith(folder.File("some.json") + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TooLarge_IsNotRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), "{" + new string(' ', 5 << 20) + "}");

        Assert.Contains("at most", Assert.Throws<FloydException>(() => ConfigFile.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\n\": }", "not valid JSON at line 1")]
    [InlineData("""{"a": 1, "a": 2}""", "'a'")]
    [InlineData("""{"a": {"b": 1, "b": 2}}""", "'b'")]
    [InlineData("""{"\ud800": 1}""", "not valid JSON")]
    [InlineData("""[{}]""", "Array")]
    [InlineData("null", "Null")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "depth")]
    public void Parse_NoStrictObject_IsRefusedInOneLine(string json, string expected)
    {
        var error = Assert.Throws<FloydException>(() => ConfigFile.Parse(json, "here"));

        Assert.StartsWith("here: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void RequireOneOf_LongForeignValue_IsShortenedAndPrintable()
    {
        var file = ConfigFile.Parse($$"""{"a": "{{new string('x', 5000)}}"}""", "here");

        var error = Assert.Throws<FloydException>(() => file.RequireOneOf("a", "1", "2"));

        Assert.EndsWith("expected 1 or 2.", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 50, 300);
    }
}
