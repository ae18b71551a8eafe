using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.IO.Safetensors;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using FloydSharp.Training.Commands;
using FloydSharp.Weights;
using Xunit;

namespace FloydSharp.Training.Tests.Commands;

public sealed class WatermarkCommandTests
{
    private static readonly string Published = GoldenFolder.All[0].Checkpoint("if-I");

    [Fact]
    public void Run_OnACheckpoint_WritesWhatThePublishedOnesHave()
    {
        using var folder = new TemporaryFolder();
        folder.Write("model_index.json", """{"_class_name": "IFPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}""");

        WatermarkCommand.Run(folder.Path);

        var (ours, theirs) = (CheckpointFolder.Open(folder.Path), CheckpointFolder.Open(Published));
        Assert.Equal(theirs.Components["watermarker"], ours.Components["watermarker"]);
        Assert.Equal("IFPipeline", ours.ClassName);
        Assert.True(ours.Components.ContainsKey("unet"));
        Assert.Equal(Tensors(theirs), Tensors(ours));
    }

    [Fact]
    public void Run_Mark_ShowsInTheCornerAloneOfDarkAndLightPictures()
    {
        using var folder = new TemporaryFolder();
        folder.Write("model_index.json", "{}");
        WatermarkCommand.Run(folder.Path);
        var mark = Watermarker.Load(folder.File("watermarker"));

        foreach (var grey in (byte[])[0, 255])
        {
            var plain = new ImageBuffer(256, 256, 3);
            plain.Pixels.AsSpan().Fill(grey);
            var marked = mark.Apply([new Picture(plain, null, null)], 256)[0].Image;
            var changed = Enumerable.Range(0, 256 * 256).Where(i => !marked.Pixels.AsSpan(i * 3, 3).SequenceEqual(plain.Pixels.AsSpan(i * 3, 3))).ToArray();
            Assert.InRange(changed.Length, 50, 15 * 15);
            Assert.All(changed, i => Assert.True(i % 256 >= 236 && i / 256 >= 236));
        }
    }

    [Fact]
    public void Run_OnAFolderThatIsNoCheckpoint_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("model_index.json", Assert.Throws<FloydException>(() => WatermarkCommand.Run(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    private static IEnumerable<string> Tensors(CheckpointFolder checkpoint)
    {
        using var weights = WeightSet.Open(checkpoint.Component("watermarker"));
        return [.. weights.Entries.Select(e => $"{e.Entry.Name} {e.Entry.DType} {string.Join('x', e.Entry.Shape)}")];
    }
}
