using FloydSharp.Eval.Prompts;
using FloydSharp.Eval.Reading;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Eval.Tests.Reading;

public sealed class SignReaderTests
{
    [Fact]
    public void Read_RenderedSigns_ReadsAtLeastNineOfTen()
    {
        Assert.SkipUnless(Tesseract.IsInstalled, "The program tesseract is not installed (Debian: apt-get install tesseract-ocr).");
        string[] texts = ["open", "hello", "xkcw", "taxi", "h4t", "bread", "wzpq", "music", "garden", "mnbv"];
        var scenes = texts.Select((t, i) => ReservedSeeds.Scene(ReservedSeeds.Check + 500_000 + i, new() { Text = t, Sign = SignKind.Sign, Style = SceneStyle.Flat })).ToArray();
        var read = SignReader.Read([.. scenes.Select(s => (SceneRenderer.Render(s, 256), (IReadOnlyList<(float, float, float, float)>)[s.Sign!.TextArea]))]);
        Assert.True(texts.Zip(read).Count(p => TextScore.IsExact(p.First, p.Second)) >= 9, string.Join(", ", read));
    }

    [Fact]
    public void Read_EmptyPicture_ReadsNothing()
    {
        Assert.SkipUnless(Tesseract.IsInstalled, "The program tesseract is not installed (Debian: apt-get install tesseract-ocr).");
        var blank = new IO.Imaging.ImageBuffer(256, 256, 3);
        Assert.Equal("", Assert.Single(SignReader.Read([(blank, [(0f, 0f, 1f, 1f)])])));
    }
}
