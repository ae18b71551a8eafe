using System.Diagnostics;
using System.Globalization;
using FloydSharp.Cascade;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Gpu;

/// <summary>The model in the box in float16, whole, the fast way and the plain one from the same seed: how much alike the pictures are.</summary>
internal static class GpuTrajectory
{
    private static readonly string[] _prompts = ["a red ball on a green table", "a blue cube beside a yellow cone"];

    public static void Run(string folder, Device device, GpuReportFile report)
    {
        report.Line("");
        report.Line("The model in the box, float16, fast against plain, PSNR in dB by stage (above 35 is wanted):");
        report.Line("");
        report.Line("| prompt | stage I | stage II | stage III | plain s | fast s |");
        report.Line("| --- | --- | --- | --- | --- | --- |");
        foreach (var prompt in _prompts)
        {
            var (plain, plainSeconds) = Pictures(folder, prompt, device, plain: true);
            var (fast, fastSeconds) = Pictures(folder, prompt, device, plain: false);
            using (plain)
            using (fast)
            {
                var ratios = plain.Stages.Zip(fast.Stages, (a, b) => Psnr(a.Images, b.Images).ToString("f1", CultureInfo.InvariantCulture));
                report.Line(string.Create(CultureInfo.InvariantCulture, $"| {prompt} | {string.Join(" | ", ratios)} | {plainSeconds:f2} | {fastSeconds:f2} |"));
            }
        }
    }

    private static (CascadeResult Result, double Seconds) Pictures(string folder, string prompt, Device device, bool plain)
    {
        var models = CascadeModels.Open(folder);
        using var cascade = IFCascade.Open(models.ToOptions() with { Load = new() { Device = device, DType = ScalarType.Float16, Plain = plain } });
        var start = Stopwatch.GetTimestamp();
        var result = cascade.Generate(models.ToRequest() with { Prompts = [prompt], Seed = 1 }, new Passes());
        return (result, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // Of pictures around [-1, 1]: the largest difference is 2.
    private static double Psnr(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var error = (a.clamp(-1, 1) - b.clamp(-1, 1)).square().mean().item<float>();
        return 10 * Math.Log10(4 / Math.Max(error, 1e-12));
    }

    private sealed class Passes : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value)
        {
            if (value is CascadeEvent.PhaseFinished { Pass: { } pass } done)
                Console.Error.WriteLine($"stage {done.Stage}: {pass}, {done.Elapsed.TotalSeconds:f2} s");
        }
    }
}
