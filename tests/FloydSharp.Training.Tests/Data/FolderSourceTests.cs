using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;
using FloydSharp.Training.Data;
using Xunit;

namespace FloydSharp.Training.Tests.Data;

public sealed class FolderSourceTests
{
    [Fact]
    public void Read_TextsBesidePictures_GivesEachOncePerRoundInTheSizeAskedFor()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 6; i++)
        {
            var image = new ImageBuffer(30, 20, 3);
            image.Pixels.AsSpan().Fill((byte)(40 * i));
            ImageFile.SavePng(folder.File($"{i}.png"), image);
            File.WriteAllText(folder.File($"{i}.txt"), $" picture {i}\n");
        }

        var source = new FolderSource(folder.Path);
        for (var round = 0; round < 3; round++)
        {
            var seen = Enumerable.Range(0, 6).Select(i => source.Read((round * 6) + i, 16)).ToArray();
            Assert.Equal(Enumerable.Range(0, 6).Select(i => $"picture {i}"), seen.Select(p => p.Caption).Order());
            Assert.All(seen, p => Assert.Equal(40 * (p.Caption[^1] - '0'), p.Pixels[100]));
            Assert.All(seen, p => Assert.Equal(16 * 16 * 3, p.Pixels.Length));
        }
    }

    [Fact]
    public void Read_MetadataLeavesTheFolder_NamesTheLine()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("metadata.jsonl"), "\n{\"file_name\": \"../x.png\", \"text\": \"a\"}\n");
        var error = Assert.Throws<FloydException>(() => new FolderSource(folder.Path));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void New_NoCaptions_SaysWhatToDo()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<FloydException>(() => new FolderSource(folder.Path));
        Assert.Contains("boat.txt", error.Message, StringComparison.Ordinal);
    }
}
