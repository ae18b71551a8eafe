using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Training.Tests.World;

public sealed class SceneSheetTests
{
    [Fact]
    public void Compose_WithoutCaptions_KeepsPixels()
    {
        var images = Enumerable.Range(0, 5).Select(seed => SceneRenderer.Render(SceneSampler.Sample(new Random(seed)), 32)).ToArray();
        var sheet = SceneSheet.Compose(images, null, 3);
        Assert.Equal((3 * 38 + 6, 2 * 38 + 6), (sheet.Width, sheet.Height));
        Assert.True(sheet.Crop(6 + 38, 6 + 38, 32, 32).ContentEquals(images[4]));
    }

    [Fact]
    public void Compose_MissingCaption_Throws() =>
        Assert.Throws<ArgumentException>(() => SceneSheet.Compose([new ImageBuffer(32, 32, 3)], [], 1));

    [Fact]
    public void Run_NewFile_WritesSheetAndKeepsExisting()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("sheet.png");

        WorldPreviewCommand.Run(path, 4, 32, 7);

        Assert.True(ImageFile.Load(path).Width > 64);
        Assert.Throws<FloydException>(() => WorldPreviewCommand.Run(path, 4, 32, 7));
    }
}
