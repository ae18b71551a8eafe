using FloydSharp.Cascade;

namespace FloydSharp.Cli.Input;

/// <summary>The option <c>--threads</c>.</summary>
internal static class ThreadsText
{
    /// <summary>Reads it; null where it is not given.</summary>
    /// <exception cref="IO.FloydException">It is no number, or lies outside.</exception>
    public static int? Parse(string? text) => text is null ? null : Numbers.Whole("--threads", text, 1, CascadeOptions.MaxThreads);

    /// <summary>Chooses for work that was begun before: the number it was begun with, unless another one is asked for.</summary>
    /// <param name="given">What is asked for; null for nothing.</param>
    /// <param name="before">What it was begun with; null where a GPU did the work.</param>
    /// <param name="what">What was begun, such as <c>the run</c>.</param>
    /// <returns>The number, and what a person should know; null for nothing.</returns>
    public static (int? Threads, string? Warning) Choose(int? given, int? before, string what)
    {
        if (given is not null && before is not null && given != before)
            return (given, $"--threads {given}: {what} was made with {before}; sums round in another order with {given}, so bytes can differ");
        var processors = Environment.ProcessorCount;
        return (given ?? before, given is null && before > processors
            ? $"{what} was made with {before} threads, which the same bytes take; this machine has {processors}, so it is slow here"
            : null);
    }
}
