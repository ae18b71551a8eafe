using System.Globalization;
using System.Text;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Reading;

namespace FloydSharp.Eval.Reports;

/// <summary>The measures as Markdown.</summary>
internal static class ReportText
{
    private static readonly (int From, int To)[] Lengths = [(1, 5), (6, 8), (9, 10)];

    /// <summary>The tables: text by length, attributes, faithfulness.</summary>
    /// <param name="title">First line.</param>
    /// <param name="note">What was measured how.</param>
    /// <param name="results">All samples.</param>
    public static string Of(string title, string note, IReadOnlyList<Measured> results)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {title}\n\n{note}\n");
        Texts(text, [.. results.Where(r => r.Text is not null)]);
        Attributes(text, results);
        Stages(text, results);
        return text.ToString();
    }

    private static void Texts(StringBuilder text, Measured[] results)
    {
        var sides = results.SelectMany(r => r.Readings.Keys).Distinct().Order().ToArray();
        if (sides.Length == 0)
            return;
        text.Append("\n## Text\n\nExactly right, and character error rate, of words / of random letters and digits.\n\n| Letters | Samples |");
        foreach (var side in sides)
            text.Append(CultureInfo.InvariantCulture, $" {side}: exact | {side}: error rate |");
        text.Append("\n|---|---|").Insert(text.Length, "---|---|", sides.Length).Append('\n');
        foreach (var (from, to) in Lengths)
            Row(text, $"{from} to {to}", results.Where(r => r.Group is not "natural" && r.Text!.Length >= from && r.Text.Length <= to), sides);
        for (var length = 1; length <= 10; length++)
            Row(text, length.ToString(CultureInfo.InvariantCulture), results.Where(r => r.Group is not "natural" && r.Text!.Length == length), sides);
        Row(text, "natural prompts", results.Where(r => r.Group is "natural"), sides);
    }

    private static void Row(StringBuilder text, string name, IEnumerable<Measured> results, int[] sides)
    {
        Measured[][] groups = [[.. results.Where(r => r.Group is not "letters")], [.. results.Where(r => r.Group is "letters")]];
        if (groups.All(g => g.Length == 0))
            return;
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {groups[0].Length} / {groups[1].Length} |");
        foreach (var side in sides)
        {
            var exact = groups.Select(g => Percent(g.Select(r => TextScore.IsExact(r.Text!, r.Readings.GetValueOrDefault(side, "")) ? 1.0 : 0)));
            var errors = groups.Select(g => Percent(g.Select(r => TextScore.ErrorRate(r.Text!, r.Readings.GetValueOrDefault(side, "")))));
            text.Append(CultureInfo.InvariantCulture, $" {string.Join(" / ", exact)} | {string.Join(" / ", errors)} |");
        }

        text.Append('\n');
    }

    private static void Attributes(StringBuilder text, IReadOnlyList<Measured> results)
    {
        string[][] columns = [["word", "letters", "object", "count", "relation", "style"], ["natural"]];
        text.Append("\n## Attributes\n\n| Asked | Held-out prompts | Right | Natural prompts | Right |\n|---|---|---|---|---|\n");
        for (var a = 0; a < Answers.Names.Length; a++)
        {
            var answers = columns.Select(groups => results.Where(r => groups.Contains(r.Group)).Select(r => r.Answers.Values[a]).Where(v => v is not null).Select(v => v is true ? 1.0 : 0).ToArray()).ToArray();
            text.Append(CultureInfo.InvariantCulture, $"| {Answers.Names[a]} | {string.Join(" | ", answers.Select(n => $"{n.Length} | {Percent(n)}"))} |\n");
        }
    }

    private static void Stages(StringBuilder text, IReadOnlyList<Measured> results)
    {
        var stages = results.Count == 0 ? 0 : results.Max(r => r.Faithfulness.Count);
        if (stages == 0)
            return;
        text.Append("\n## Faithfulness\n\nPSNR of each picture, averaged down, against the one before.\n\n| Picture | Mean | Least |\n|---|---|---|\n");
        for (var s = 0; s < stages; s++)
        {
            var values = results.Where(r => r.Faithfulness.Count > s).Select(r => r.Faithfulness[s]).ToArray();
            text.Append(CultureInfo.InvariantCulture, $"| {(s == 0 ? "second against first" : "third against second")} | {values.Average():f1} dB | {values.Min():f1} dB |\n");
        }
    }

    private static string Percent(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return all.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * all.Average():f0} %");
    }
}
