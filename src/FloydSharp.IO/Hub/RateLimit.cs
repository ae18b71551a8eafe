using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace FloydSharp.IO.Hub;

/// <summary>How long a server that limits requests asks to wait.</summary>
internal static partial class RateLimit
{
    /// <summary>The longest wait that is kept to; quotas are counted over five minutes.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);

    /// <summary>The wait; null where the answer says none.</summary>
    public static TimeSpan? WaitOf(HttpResponseHeaders headers, TimeProvider clock)
    {
        if (headers.TryGetValues("RateLimit", out var values)
            && Reset().Match(string.Join(',', values)) is { Success: true } match
            && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds + 1.0);
        if (headers.RetryAfter?.Delta is { } delta)
            return delta;
        return headers.RetryAfter?.Date is { } date && date - clock.GetUtcNow() is { Ticks: > 0 } left ? left : null;
    }

    [GeneratedRegex(@";\s*t=(\d{1,9})\b")]
    private static partial Regex Reset();
}
