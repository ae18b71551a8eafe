using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Reading;

namespace FloydSharp.Eval.Reports;

/// <summary>Lists what went wrong.</summary>
internal static class Misses
{
    /// <summary>One line per misread text and per wrong attribute.</summary>
    public static void Print(IReadOnlyList<Measured> results, TextWriter output)
    {
        foreach (var result in results)
        {
            foreach (var (side, read) in result.Readings.Where(r => !TextScore.IsExact(result.Text!, r.Value)))
                output.WriteLine($"{result.Id,3} {side,4}: {result.Text} was read as '{read}'   {result.Prompt}");
            var wrong = Answers.Names.Zip(result.Answers.Values).Where(a => a.Second is false).Select(a => a.First).ToArray();
            if (wrong.Length > 0)
                output.WriteLine($"{result.Id,3} wrong {string.Join(", ", wrong)}   {result.Prompt}");
        }
    }
}
