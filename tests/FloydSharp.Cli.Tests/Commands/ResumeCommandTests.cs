using System.Globalization;
using System.Text.Json;
using FloydSharp.Cascade.Runs;
using FloydSharp.IO.Imaging;
using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class ResumeCommandTests(ITestOutputHelper log)
{
    private const int Steps = 10;

    // Sums round otherwise with other numbers of threads, and a process of its own would take all processors.
    private static readonly Dictionary<string, string> OneThread = new() { ["OMP_NUM_THREADS"] = "1" };

    [Fact]
    public async Task Run_AfterBeingKilledAtTenSteps_EndsInTheBytesOfAnUninterruptedRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Processes are killed as Unix kills them.");
        using var whole = new TemporaryFolder();
        Assert.Equal(0, (await ChildProcess.Run(OneThread, Line(whole.Path))).Code);
        var expected = whole.Names.ToDictionary(n => n, n => File.ReadAllBytes(whole.File(n)));
        Assert.Equal(4, expected.Count);

        HashSet<string> places = [];
        await Parallel.ForAsync(0, 10, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken }, async (death, cancellation) =>
        {
            using var output = new TemporaryFolder();
            var place = await KilledAt(death * 4 * Steps / 10, output.Path, cancellation);
            lock (places)
                places.Add(place);
            Assert.Single(CascadeRunFolder.Find(output.Path));
            Assert.Equal(0, (await ChildProcess.Run(OneThread, "resume", output.Path)).Code);
            var names = output.Names.Where(n => !n.EndsWith(".tmp", StringComparison.Ordinal)).ToArray();
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), names);
            Assert.All(expected, file => Assert.Equal(file.Value, File.ReadAllBytes(output.File(file.Key))));
        });
        log.WriteLine("killed at " + string.Join(", ", places.Order(StringComparer.Ordinal)));
        Assert.True(places.Count >= 8, $"only {places.Count} different places");
    }

    [Fact]
    public async Task Run_KilledWithinTiles_EndsInTheSameBytesWithOtherThreads()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Processes are killed as Unix kills them.");
        using TemporaryFolder whole = new();
        var picture = whole.File("scan.png");
        ImageFile.SavePng(picture, PictureFit.Middle(ImageFile.Load(Checkpoints.Small.FileOf("resize_in.png")), 60, 40));
        string[] Tiled(string output) =>
        [
            "upscale", picture, "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--stage2", Checkpoints.Small.Checkpoint("if-II"), "--tile", "32", "--steps", "6",
            "--scheduler", "sde-dpm++", "--seed", "5", "--device", "cpu", "--out", output, "--keep-state", "always",
        ];
        Assert.Equal(0, (await ChildProcess.Run(OneThread, Tiled(whole.File("out")))).Code);
        var expected = File.ReadAllBytes(Directory.EnumerateFiles(whole.File("out")).Single());

        foreach (var (tile, step) in new[] { (0, 3), (2, 4) })
        {
            using var output = new TemporaryFolder();
            using (var process = ChildProcess.Start(OneThread, Tiled(output.Path)))
            {
                _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
                while (!process.HasExited && !(Numbers(output.Path) is { } now && (now.Part, now.Step).CompareTo((tile, step)) >= 0))
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            var place = Numbers(output.Path)!.Value;
            log.WriteLine($"killed in tile {place.Part} at step {place.Step}");
            var (code, _, error) = await ChildProcess.Run(new() { ["OMP_NUM_THREADS"] = "3" }, "resume", output.Path);
            Assert.True(code == 0, error);
            Assert.Equal(expected, File.ReadAllBytes(output.File(output.Names.Single(n => !n.EndsWith(".tmp", StringComparison.Ordinal)))));
        }
    }

    [Fact]
    public void Run_WithOtherThreads_WarnsThatBytesCanDiffer()
    {
        using var output = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using var error = new LineTrigger("stage 2  load unet", stop.Cancel);
        CliRun.Of(host => host with { Error = error, Cancellation = stop.Token }, [.. Line(output.Path), "--threads", "2"]);
        var resumed = CliRun.Of("resume", output.Path, "--threads", "1").Succeeded();
        Assert.Contains("warning: --threads 1: the run so far was made with 2; ", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AfterCtrlC_ContinuesWhatTheMessagePromised()
    {
        using TemporaryFolder whole = new(), output = new();
        CliRun.Of(Line(whole.Path)).Succeeded();
        using var stop = new CancellationTokenSource();
        using var error = new LineTrigger("stage 2  load unet", stop.Cancel);
        var stopped = CliRun.Of(host => host with { Error = error, Cancellation = stop.Token }, Line(output.Path));
        Assert.Equal(ExitCode.Cancelled, stopped.Code);
        Assert.Contains($"the run is kept; floyd resume {output.Path} continues it\n", error.ToString(), StringComparison.Ordinal);

        var resumed = CliRun.Of("resume", output.Path, "--json").Succeeded();
        Assert.Contains("\"seed\": 5", resumed.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("stage 1  load", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(whole.Names, output.Names);
        Assert.All(whole.Names, name => Assert.Equal(File.ReadAllBytes(whole.File(name)), File.ReadAllBytes(output.File(name))));
    }

    [Fact]
    public void Run_WithABudget_TellsPredictedAndMeasuredPeaks()
    {
        using var output = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using var error = new LineTrigger("stage 2  load unet", stop.Cancel);
        CliRun.Of(host => host with { Error = error, Cancellation = stop.Token }, [.. Line(output.Path), "--ram", "2GiB"]);

        using var json = JsonDocument.Parse(CliRun.Of("resume", output.Path, "--json").Succeeded().Out);

        var memory = json.RootElement.GetProperty("memory").EnumerateArray().ToList();
        Assert.Contains(memory, m => m.GetProperty("stage").GetInt32() == 2 && m.GetProperty("phase").GetString() == "denoise");
        Assert.All(memory, m => Assert.True(m.GetProperty("predicted_ram").GetInt64() > 0));
    }

    [Fact]
    public void Run_Discarding_DeletesTheStateAndKeepsPictures()
    {
        using var output = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using var error = new LineTrigger("stage 2  load unet", stop.Cancel);
        CliRun.Of(host => host with { Error = error, Cancellation = stop.Token }, Line(output.Path));
        Assert.Single(CascadeRunFolder.Find(output.Path));
        CliRun.Of("resume", output.Path, "--discard").Succeeded();
        Assert.Equal(2, output.Names.Length);
        Assert.Contains("There is no run to continue", CliRun.Of("resume", output.Path).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithStateSwitchedOff_KeepsNone()
    {
        using var output = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using var error = new LineTrigger("stage 2  load unet", stop.Cancel);
        CliRun.Of(host => host with { Error = error, Cancellation = stop.Token }, Line(output.Path).Select(a => a == "always" ? "off" : a));
        Assert.Equal(2, output.Names.Length);
        Assert.Contains("expected auto, always or off", CliRun.Of("generate", "a", "--keep-state", "on").ErrorLine(), StringComparison.Ordinal);
    }

    private static string[] Line(string output) =>
        [.. Checkpoints.Generate(Checkpoints.Small, output, "--count", "2", "--scheduler", "sde-dpm++,ddpm", "--no-safety-checker").Select((a, i) => i == 11 ? $"{Steps}" : a), "--keep-state", "always"];

    // Kills the process when the run has come so far; returns where it was.
    private static async Task<string> KilledAt(int step, string output, CancellationToken cancellation)
    {
        using var process = ChildProcess.Start(OneThread, Line(output));
        _ = process.StandardError.ReadToEndAsync(cancellation);
        _ = process.StandardOutput.ReadToEndAsync(cancellation);
        while (!process.HasExited)
        {
            if (Place(output) is { } place && place.Steps >= step)
                break;
            await Task.Delay(1, cancellation);
        }

        process.Kill();
        await process.WaitForExitAsync(cancellation);
        return Place(output) is { } last ? $"{last.Stage}/{last.Request}/{last.Step}" : "the end";
    }

    private static (int Steps, int Stage, int Request, int Step)? Place(string output) => Numbers(output) is { } now
        ? ((((now.Stage - 1) * 2) + now.Request) * Steps + now.Step, now.Stage, now.Request, now.Step)
        : null;

    private static (int Stage, int Request, int Part, int Step)? Numbers(string output)
    {
        try
        {
            using var file = SafetensorsFile.Open(Path.Combine(CascadeRunFolder.Find(output).Single(), "now.safetensors"));
            return (Number("stage"), Number("request"), Number("part"), Number("next_step"));

            int Number(string key) => int.Parse(file.Header.Metadata[key], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is InvalidOperationException or IO.FloydException or IOException)
        {
            return null;
        }
    }
}
