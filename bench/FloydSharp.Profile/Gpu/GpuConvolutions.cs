using System.Globalization;
using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;

namespace FloydSharp.Profile.Gpu;

/// <summary>The convolutions that this run measured: what cuDNN put first against what was the fastest.</summary>
internal static class GpuConvolutions
{
    public static void List(GpuReportFile report)
    {
        report.Line("");
        if (ConvolutionPlans.For(0) is not { } plans)
        {
            report.Line($"Convolutions are not measured: {CudnnSupport.Problem() ?? "cuDNN refused"}");
            return;
        }

        report.Line(string.Create(CultureInfo.InvariantCulture, $"Convolutions measured by this run: {plans.Measured.Count} in {plans.Measured.Sum(m => m.Elapsed.TotalSeconds):f2} s (others were known). Last problem: {plans.LastProblem ?? "none"}"));
        report.Line("");
        report.Line("| convolution | plans | cuDNN's first, us | fastest, us | it | workspace KiB |");
        report.Line("| --- | --- | --- | --- | --- | --- |");
        foreach (var one in plans.Measured)
        {
            var (best, first) = (one.Best is { } index ? one.Plans[index] : default, one.Plans[0]);
            report.Line(string.Create(CultureInfo.InvariantCulture,
                $"| {one.Shape} | {one.Plans.Count} | {first.Milliseconds * 1000:f1} | {best.Milliseconds * 1000:f1} | {best.Tag} | {best.WorkspaceBytes >> 10} |"));
        }
    }
}
