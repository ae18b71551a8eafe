using System.Diagnostics;
using System.Globalization;
using FloydSharp.Cascade;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Gpu;

/// <summary>The model in the box, whole, the fast way and the plain one from the same seed: how much alike the pictures are.</summary>
internal static class GpuTrajectory
{
    private static readonly string[] _prompts =
    [
        "a red ball on a green table", "a blue cube beside a yellow cone", "a sign that says OPEN", "three green stars",
        "a photo of a house at night", "a purple cat left of an orange ring", "the word HELLO in neon on bricks", "a white boat",
    ];

    public static void Run(string folder, Device device, GpuReportFile report)
    {
        report.Line("");
        report.Line("The model in the box, whole, PSNR in dB by stage. First the fast way against the plain one, both in float16 (above 35 is wanted); beside it how far each is from the plain way in float32.");
        report.Line("");
        report.Line("| prompt | fast, plain: stage I | II | III | fast, float32: I | plain, float32: I | plain s | fast s |");
        report.Line("| --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var prompt in _prompts)
        {
            var (exact, _) = Pictures(folder, prompt, device, ScalarType.Float32, plain: true);
            var (plain, plainSeconds) = Pictures(folder, prompt, device, ScalarType.Float16, plain: true);
            var (fast, fastSeconds) = Pictures(folder, prompt, device, ScalarType.Float16, plain: false);
            using (exact)
            using (plain)
            using (fast)
            {
                var ratios = plain.Stages.Zip(fast.Stages, (a, b) => Psnr(a.Images, b.Images))
                    .Append(Psnr(fast.Stages[0].Images, exact.Stages[0].Images)).Append(Psnr(plain.Stages[0].Images, exact.Stages[0].Images))
                    .Select(ratio => ratio.ToString("f1", CultureInfo.InvariantCulture));
                report.Line(string.Create(CultureInfo.InvariantCulture, $"| {prompt} | {string.Join(" | ", ratios)} | {plainSeconds:f2} | {fastSeconds:f2} |"));
            }
        }
    }

    private static (CascadeResult Result, double Seconds) Pictures(string folder, string prompt, Device device, ScalarType dtype, bool plain)
    {
        var models = CascadeModels.Open(folder);
        using var cascade = IFCascade.Open(models.ToOptions() with { Load = new() { Device = device, DType = dtype, Plain = plain } });
        var start = Stopwatch.GetTimestamp();
        var result = cascade.Generate(models.ToRequest() with { Prompts = [prompt], Seed = 1 }, new Passes());
        return (result, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // Of pictures around [-1, 1]: the largest difference is 2.
    private static double Psnr(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var error = (a.to(ScalarType.Float32).clamp(-1, 1) - b.to(ScalarType.Float32).clamp(-1, 1)).square().mean().item<float>();
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
