using System.Diagnostics;
using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Training.Tests.World;

public sealed class SceneRendererTests(ITestOutputHelper output)
{
    public static TheoryData<SceneStyle> Styles => [.. Enum.GetValues<SceneStyle>()];

    [Fact]
    public void Render_SameSeed_GivesSameBytes()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var first = SceneRenderer.Render(SceneSampler.Sample(new Random(seed)), 64);
            var second = SceneRenderer.Render(SceneSampler.Sample(new Random(seed)), 64);
            Assert.True(first.ContentEquals(second), $"seed {seed}");
        }
    }

    [Fact]
    public void Render_SceneThroughJson_GivesSameBytes()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var scene = SceneSampler.Sample(new Random(seed));
            Assert.True(SceneRenderer.Render(scene, 64).ContentEquals(SceneRenderer.Render(Scene.FromJson(scene.ToJson()), 64)), scene.ToJson());
        }
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Render_SmallSize_ShowsAverageOfLargeSize(SceneStyle style)
    {
        var worst = 0.0;
        for (var seed = 0; seed < 12; seed++)
        {
            var scene = SceneSampler.Sample(new Random(seed), new SceneOptions { Style = style });
            var small = SceneRenderer.Render(scene, 64);
            var large = SceneRenderer.Render(scene, 256);
            worst = Math.Max(worst, MeanDifference(small, Shrink(large, 4)));
        }

        output.WriteLine($"{style}: largest mean difference {worst:F2} of 255");
        Assert.InRange(worst, 0, 6);
    }

    [Fact]
    public void Render_OnManyThreads_EqualsSerial()
    {
        const int count = 200;
        var serial = new ImageBuffer[count];
        for (var i = 0; i < count; i++)
            serial[i] = SceneRenderer.Render(SceneSampler.Sample(new Random(i)), 64);
        var parallel = new ImageBuffer[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => parallel[i] = SceneRenderer.Render(SceneSampler.Sample(new Random(i)), 64));
        for (var i = 0; i < count; i++)
            Assert.True(serial[i].ContentEquals(parallel[i]), $"seed {i}");
    }

    [Fact]
    public void Render_ThousandsOfSeeds_KeepsMemory()
    {
        var rgb = new byte[64 * 64 * 3];
        void Draw(int from, int to)
        {
            for (var seed = from; seed < to; seed++)
                SceneRenderer.Render(SceneSampler.Sample(new Random(seed)), 64, 64, rgb);
        }

        Draw(0, 1000);
        using var process = Process.GetCurrentProcess();
        var before = process.WorkingSet64;
        Draw(1000, 5000);
        process.Refresh();
        var grown = (process.WorkingSet64 - before) / 1048576.0;
        output.WriteLine($"4000 pictures grew the process by {grown:F1} MiB");
        Assert.InRange(grown, double.NegativeInfinity, 60);
    }

    [Fact]
    public void Render_WarmThread_AllocatesLittle()
    {
        var rgb = new byte[64 * 64 * 3];
        var scenes = Enumerable.Range(0, 200).Select(seed => SceneSampler.Sample(new Random(seed))).ToArray();
        foreach (var scene in scenes)
            SceneRenderer.Render(scene, 64, 64, rgb);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var scene in scenes)
            SceneRenderer.Render(scene, 64, 64, rgb);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / scenes.Length;
        output.WriteLine($"{each} bytes a picture");
        Assert.InRange(each, 0, 8192);
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Render_AnyStyle_LettersDifferFromBlankSign(SceneStyle style)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var scene = SceneSampler.Sample(new Random(seed), SceneOptions.WithText("hello") with { Style = style });
            var blank = scene with { Sign = scene.Sign! with { Lines = [" "] } };
            var (with, without) = (SceneRenderer.Render(scene, 64), SceneRenderer.Render(blank, 64));
            var inked = 0;
            for (var i = 0; i < with.Pixels.Length; i += 3)
            {
                if (Math.Abs(Luma(with.Pixels, i) - Luma(without.Pixels, i)) > 50)
                    inked++;
            }

            Assert.True(inked >= 60, $"{style}, seed {seed}: only {inked} of 4096 pixels carry letters: {scene.ToJson()}");
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(256)]
    [InlineData(1024)]
    public void Render_Size_TakesTime(int size)
    {
        var rgb = new byte[size * size * 3];
        var scenes = Enumerable.Range(0, size > 256 ? 20 : 200).Select(seed => SceneSampler.Sample(new Random(seed))).ToArray();
        foreach (var scene in scenes)
            SceneRenderer.Render(scene, size, size, rgb);
        var clock = Stopwatch.StartNew();
        foreach (var scene in scenes)
            SceneRenderer.Render(scene, size, size, rgb);
        output.WriteLine($"{size}: {clock.Elapsed.TotalMilliseconds / scenes.Length:F2} ms a picture");
        foreach (var group in scenes.GroupBy(scene => scene.Style).OrderBy(group => group.Key))
        {
            clock.Restart();
            foreach (var scene in group)
                SceneRenderer.Render(scene, size, size, rgb);
            output.WriteLine($"  {group.Key}: {clock.Elapsed.TotalMilliseconds / group.Count():F2} ms");
        }

        Assert.Contains(rgb, value => value != 0);
    }

    [Theory]
    [InlineData(8, 64)]
    [InlineData(64, 4096)]
    public void Render_SizeOutOfRange_Throws(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SceneRenderer.Render(SceneSampler.Sample(new Random(1)), width, height, new byte[width * height * 3]));

    [Fact]
    public void Render_WrongSpan_Throws() =>
        Assert.Throws<ArgumentException>(() => SceneRenderer.Render(SceneSampler.Sample(new Random(1)), 64, 64, new byte[64]));

    private static int Luma(byte[] pixels, int at) => ((2 * pixels[at]) + (5 * pixels[at + 1]) + pixels[at + 2]) / 8;

    private static ImageBuffer Shrink(ImageBuffer image, int factor)
    {
        var result = new ImageBuffer(image.Width / factor, image.Height / factor, 3);
        for (var y = 0; y < result.Height; y++)
        {
            for (var x = 0; x < result.Stride; x++)
            {
                var sum = 0;
                for (var i = 0; i < factor * factor; i++)
                    sum += image.Pixels[(((y * factor) + (i / factor)) * image.Stride) + (((x / 3 * factor) + (i % factor)) * 3) + (x % 3)];
                result.Pixels[(y * result.Stride) + x] = (byte)(sum / (factor * factor));
            }
        }

        return result;
    }

    private static double MeanDifference(ImageBuffer a, ImageBuffer b)
    {
        var sum = 0L;
        for (var i = 0; i < a.Pixels.Length; i++)
            sum += Math.Abs(a.Pixels[i] - b.Pixels[i]);
        return (double)sum / a.Pixels.Length;
    }
}
