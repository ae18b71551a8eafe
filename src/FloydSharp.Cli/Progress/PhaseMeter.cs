using System.Globalization;
using FloydSharp.Cli.Output;

namespace FloydSharp.Cli.Progress;

/// <summary>The words for a phase that is under way: how far, how fast, how long still.</summary>
/// <param name="where">The stage, such as <c>stage 1</c>.</param>
/// <param name="what">The work, such as <c>denoise</c>.</param>
/// <param name="clock">Time.</param>
internal sealed class PhaseMeter(string where, string what, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private long _firstReport;
    private double _firstDone;
    private bool _reported;

    /// <summary>Stage and work, as lines begin.</summary>
    public string Title => $"{where,-7}  {what}";

    /// <summary>What is done, in steps or bytes.</summary>
    public double Done { get; private set; }

    /// <summary>What was done before this phase began, and says nothing about its rate.</summary>
    public double Before { get; init; }

    /// <summary>What there is to do; 0 while unknown.</summary>
    public double Total { get; private set; }

    /// <summary>Whether the work is counted in bytes instead of steps.</summary>
    public bool InBytes { get; private set; }

    /// <summary>Takes note of how far the work is.</summary>
    public void Report(double done, double total, bool inBytes)
    {
        (Done, Total, InBytes) = (done, total, inBytes);
        if (_reported)
            return;
        // The first step carries all warming up, so rates count from its end.
        (_reported, _firstReport, _firstDone) = (true, clock.GetTimestamp(), done);
    }

    /// <summary>Such as <c>step 10/50  2.1 it/s  19 s left</c>.</summary>
    public string Status()
    {
        if (!_reported)
            return "";
        var amount = InBytes ? $"{Units.Bytes(Done)} of {Units.Bytes(Total)}" : $"step {Done:0}/{Total:0}";
        if (Rate(clock.GetElapsedTime(_firstReport), Done - _firstDone) is not { } rate)
            return amount;
        var left = Done < Total ? $"  {Units.Duration(TimeSpan.FromSeconds((Total - Done) / rate))} left" : "";
        return $"{amount}  {Speed(rate)}{left}";
    }

    /// <summary>Such as <c>50 steps  24 s  2.1 it/s</c>.</summary>
    public string Summary()
    {
        var elapsed = clock.GetElapsedTime(_start);
        if (!_reported)
            return Units.Duration(elapsed);
        var amount = InBytes ? Units.Bytes(Done) : $"{Done:0} steps";
        var rate = Rate(elapsed, Done - Before);
        return $"{amount}  {Units.Duration(elapsed)}{(rate is null ? "" : $"  {Speed(rate.Value)}")}";
    }

    private static double? Rate(TimeSpan elapsed, double done) => elapsed > TimeSpan.Zero && done > 0 ? done / elapsed.TotalSeconds : null;

    private string Speed(double rate) => InBytes ? $"{Units.Bytes(rate)}/s"
        : rate >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{rate:0.0} it/s")
        : string.Create(CultureInfo.InvariantCulture, $"{1 / rate:0.0} s/it");
}
