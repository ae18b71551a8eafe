using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Gpu;

/// <summary>Milliseconds of one forward pass: several rounds, each of a few passes between two waits for the device.</summary>
internal sealed record GpuTimes(IReadOnlyList<double> Rounds)
{
    private const int WarmUps = 3;

    public double Median => Rounds.Order().ElementAt(Rounds.Count / 2);

    public double Least => Rounds.Min();

    /// <summary>Measures.</summary>
    /// <param name="pass">One pass.</param>
    /// <param name="rounds">Rounds.</param>
    /// <param name="passes">Passes of a round.</param>
    public static GpuTimes Measure(Action pass, int rounds, int passes)
    {
        for (var i = 0; i < WarmUps; i++)
            pass();
        List<double> times = [];
        for (var round = 0; round < rounds; round++)
        {
            cuda.synchronize();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < passes; i++)
                pass();
            cuda.synchronize();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / passes);
        }

        return new(times);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:f2} ({Least:f2})");
}
