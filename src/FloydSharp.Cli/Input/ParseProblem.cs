using System.CommandLine;
using System.CommandLine.Parsing;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>Words for command lines that cannot be understood.</summary>
internal static class ParseProblem
{
    /// <summary>The first problem of a command line.</summary>
    public static string Describe(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var help = command is RootCommand ? "floyd --help" : $"floyd {command.Name} --help";
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            return unknown.StartsWith('-')
                ? UnknownOption(unknown, command)
                : command is RootCommand
                    ? $"There is no verb {unknown}{DidYouMean(unknown, command.Subcommands.Select(c => c.Name))}; see {help}."
                    : $"{unknown} is one argument too many; see {help}.";
        }

        var message = parsed.Errors.Count > 0 ? parsed.Errors[0].Message : "The command line cannot be understood.";
        return $"{message.TrimEnd('.')}; see {help}.";
    }

    /// <summary>Refuses positional values that are meant as options. Values after <c>--</c> are taken as they are.</summary>
    /// <exception cref="FloydException">There is one.</exception>
    public static void RefuseUnknownOptions(ParseResult parsed, IReadOnlyList<string> values)
    {
        var beforeDashes = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Select(t => t.Value).ToHashSet();
        if (values.FirstOrDefault(v => v.StartsWith('-') && beforeDashes.Contains(v)) is { } unknown)
            throw new FloydException(UnknownOption(unknown, parsed.CommandResult.Command));
    }

    private static string UnknownOption(string text, Command command)
    {
        var name = text.Split('=', ' ')[0];
        return $"There is no option {name}{DidYouMean(name, command.Options.Select(o => o.Name))}{(command.Arguments.Count > 0 ? $"; a {command.Arguments[^1].Name} that begins with a dash goes after --" : "")}.";
    }

    private static string DidYouMean(string text, IEnumerable<string> known)
    {
        var best = known.Select(k => (Name: k, Distance: Distance(text, k))).OrderBy(k => k.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, text.Length / 4) ? $" (did you mean {best.Name}?)" : "";
    }

    // Levenshtein's distance, row by row.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(row[j], row[j - 1]));
                diagonal = row[j];
                row[j] = cost;
            }
        }

        return row[^1];
    }
}
