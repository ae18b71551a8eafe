using CsCheck;
using FloydSharp.Cli.Output;
using FloydSharp.IO;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Output;

public class OutputFolderTests
{
    private static readonly string[] _nasty = ["", ".", "..", "../../etc/passwd", "CON", "a/b\\c:d*?\"<>|", "-rf", "日本語", "it's a cat"];

    private static readonly Gen<string> _prompts = Gen.OneOf(
        Gen.String[Gen.Char, 0, 200], Gen.String[Gen.Char.AlphaNumeric, 0, 200], Gen.Int[0, _nasty.Length - 1].Select(i => _nasty[i]));

    [Fact]
    public void Of_AnyPrompt_IsASafePartOfAName() => _prompts.Sample(prompt =>
    {
        var slug = FileSlug.Of(prompt);
        return slug.Length is > 0 and <= 48 && slug.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && !slug.StartsWith('-') && !slug.EndsWith('-') && !slug.Contains("--", StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("A photo of an Astronaut, riding a horse!", "a-photo-of-an-astronaut-riding-a-horse")]
    [InlineData("it's", "its")]
    [InlineData("a photograph of an astronaut riding a horse holding a sign", "a-photograph-of-an-astronaut-riding-a-horse")]
    [InlineData("日本語", "picture")]
    public void Of_APrompt_CanBeRead(string prompt, string slug) => Assert.Equal(slug, FileSlug.Of(prompt));

    [Fact]
    public void NextName_AnyPrompt_StaysInTheFolderAndIsFree() => _prompts.Sample(prompt =>
    {
        using var temporary = new TemporaryFolder();
        var folder = OutputFolder.Open(temporary.Path);
        var name = folder.NextName(prompt, 7, 0, 1, 1, 64, 64);
        return Path.GetDirectoryName(name) == temporary.Path && !File.Exists(name) && Path.GetFileName(name).Length < 128;
    }, iter: 50);

    [Fact]
    public void NextName_InRunAfterRun_NeverRepeats()
    {
        using var temporary = new TemporaryFolder();
        HashSet<string> names = [];
        for (var run = 0; run < 4; run++)
        {
            var folder = OutputFolder.Open(temporary.Path);
            for (var again = 0; again < 3; again++)
            {
                var name = folder.NextName("a cat", 7, 0, 1, 1, 64, 64);
                Assert.True(names.Add(name), name);
                File.WriteAllText(name, "");
            }
        }

        Assert.Contains(Path.Combine(temporary.Path, "a-cat_s7_p00_1-64x64.png"), names);
        Assert.Contains(Path.Combine(temporary.Path, "a-cat_s7_p00_1-64x64-2.png"), names);
        Assert.Contains(Path.Combine(temporary.Path, "a-cat_s7-4_p00_1-64x64.png"), names);
    }

    [Fact]
    public void NextName_OfARun_SortsByPictureThenStage()
    {
        using var temporary = new TemporaryFolder();
        var folder = OutputFolder.Open(temporary.Path);
        var names = Enumerable.Range(0, 120).SelectMany(index => Enumerable.Range(1, 3).Select(stage =>
            folder.NextName("a cat", 7, index, 120, stage, 64 << (2 * (stage - 1)), 64 << (2 * (stage - 1))))).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public void NextName_AfterAnotherRun_KeepsTheStagesTogether()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(Path.Combine(temporary.Path, "a-cat_s7_p00_1-64x64.png"), "");
        var folder = OutputFolder.Open(temporary.Path);
        Assert.EndsWith("a-cat_s7-2_p00_1-64x64.png", folder.NextName("a cat", 7, 0, 1, 1, 64, 64), StringComparison.Ordinal);
        Assert.EndsWith("a-cat_s7-2_p00_2-256x256.png", folder.NextName("a cat", 7, 0, 1, 2, 256, 256), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhereFilesCannotBe_Throws()
    {
        using var temporary = new TemporaryFolder();
        var file = Path.Combine(temporary.Path, "file");
        File.WriteAllText(file, "");
        Assert.Contains("--out", Assert.Throws<FloydException>(() => OutputFolder.Open(Path.Combine(file, "below"))).Message, StringComparison.Ordinal);
        Assert.Throws<FloydException>(() => OutputFolder.Open(file));
    }

    [Fact]
    public void Open_AFolder_LeavesNothingInIt()
    {
        using var temporary = new TemporaryFolder();
        OutputFolder.Open(temporary.Path);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public void CheckNewFile_ThatExists_Throws()
    {
        using var temporary = new TemporaryFolder();
        var file = Path.Combine(temporary.Path, "file");
        OutputFolder.CheckNewFile("--out", file);
        File.WriteAllText(file, "");
        Assert.Throws<FloydException>(() => OutputFolder.CheckNewFile("--out", file));
    }
}
