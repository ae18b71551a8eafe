using System.CommandLine;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Help;

/// <summary>Help texts: usage, options by sections, examples. The same on every terminal, 100 columns at most.</summary>
internal static class HelpWriter
{
    private const int Width = 100;
    private const int NameColumn = 30;

    /// <summary>Writes the help text of a command.</summary>
    public static void Write(Command command, TextWriter output)
    {
        if (command is VerbCommand verb)
            WriteVerb(verb, output);
        else
            WriteRoot(command, output);
    }

    private static void WriteRoot(Command root, TextWriter output)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("Usage: floyd VERB [OPTIONS]");
        output.WriteLine();
        output.WriteLine("Verbs:");
        foreach (var command in root.Subcommands)
            WriteRow(output, command.Name, command.Description ?? "", 12);
        WriteRows(output, "Options:", root.Options.Select(Row));
        WriteExamples(output, root.Subcommands.OfType<VerbCommand>().Select(c => c.Settings.Examples[0]));
        output.WriteLine();
        output.WriteLine("floyd VERB --help tells more.");
        output.WriteLine("Exit codes: 0 done, 1 unexpected error, 2 input or machine not as needed, 130 stopped by Ctrl+C.");
    }

    private static void WriteVerb(VerbCommand command, TextWriter output)
    {
        foreach (var line in Wrap(command.Description ?? "", Width))
            output.WriteLine(line);
        output.WriteLine();
        var arguments = command.Arguments.Select(a => a.Arity.MaximumNumberOfValues > 1 ? $"[{a.Name} ...]" : a.Name);
        output.WriteLine($"Usage: floyd {command.Name} {string.Join(' ', arguments.Append("[OPTIONS]"))}");
        WriteRows(output, "Arguments:", command.Arguments.Select(a => (a.Name, a.Description ?? "")));
        foreach (var section in command.Settings.Sections)
            WriteRows(output, section.Title + ":", section.Options.Select(Row));
        WriteExamples(output, command.Settings.Examples);
    }

    private static (string Name, string Description) Row(Option option)
    {
        var name = option.Name == "--help" ? "-h, --help" : option.Name;
        var description = option.Name switch
        {
            "--help" => "Show help.",
            "--version" => "Show the version.",
            _ => option.Description ?? "",
        };
        return (option.HelpName is { } value ? $"{name} {value}" : name, description);
    }

    private static void WriteRows(TextWriter output, string title, IEnumerable<(string Name, string Description)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine(title);
        foreach (var (name, description) in all)
            WriteRow(output, name, description, NameColumn);
    }

    private static void WriteRow(TextWriter output, string name, string description, int column)
    {
        var lines = Wrap(description, Width - column).ToList();
        var first = $"  {name}";
        if (first.Length > column - 2)
        {
            output.WriteLine(first);
            first = "";
        }

        foreach (var line in lines)
        {
            output.WriteLine(first.PadRight(column) + line);
            first = "";
        }
    }

    private static void WriteExamples(TextWriter output, IEnumerable<(string What, string CommandLine)> examples)
    {
        output.WriteLine();
        output.WriteLine("Examples:");
        foreach (var (what, line) in examples)
        {
            if (what.Length > 0)
                output.WriteLine($"  # {what}");
            output.WriteLine($"  {line}");
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
