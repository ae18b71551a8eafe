using System.CommandLine;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>
/// A verb's arguments and options: declared by the constructor of the derived class in the order of the help text, read
/// through its properties once <see cref="Parsed"/> is there.
/// </summary>
internal abstract class VerbSettings
{
    private readonly List<HelpSection> _sections = [];
    private readonly List<Argument> _arguments = [];

    /// <summary>Options by sections of the help text.</summary>
    public IReadOnlyList<HelpSection> Sections => _sections;

    /// <summary>Command lines with what they do, for the help text.</summary>
    public abstract IReadOnlyList<(string What, string CommandLine)> Examples { get; }

    /// <summary>The parsed command line.</summary>
    protected ParseResult Parsed { get; private set; } = null!;

    /// <summary>Makes the verb's command.</summary>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does.</param>
    /// <param name="run">Runs it, with this object filled.</param>
    public Command ToCommand(string name, string description, Action run)
    {
        var command = new VerbCommand(name, description, this);
        foreach (var argument in _arguments)
            command.Add(argument);
        foreach (var option in _sections.SelectMany(s => s.Options))
            command.Add(option);
        command.SetAction(parsed =>
        {
            Parsed = parsed;
            run();
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Starts a section of the help text.</summary>
    protected void Section(string title) => _sections.Add(new(title));

    /// <summary>Declares positional arguments.</summary>
    protected Argument<string[]> Arguments(string name, string description)
    {
        var argument = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };
        _arguments.Add(argument);
        return argument;
    }

    /// <summary>Declares one positional argument.</summary>
    protected Argument<string?> Argument(string name, string description)
    {
        var argument = new Argument<string?>(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        _arguments.Add(argument);
        return argument;
    }

    /// <summary>Declares an option with one value.</summary>
    protected Option<string?> Value(string name, string valueName, string description) =>
        Declare(new Option<string?>(name) { HelpName = valueName, Description = description });

    /// <summary>Declares an option that may be given several times.</summary>
    protected Option<string[]> Values(string name, string valueName, string description) =>
        Declare(new Option<string[]>(name) { HelpName = valueName, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false });

    /// <summary>Declares a switch.</summary>
    protected Option<bool> Flag(string name, string description) =>
        Declare(new Option<bool>(name) { Description = description, Arity = ArgumentArity.Zero });

    /// <summary>The value of an option; null where it is not given.</summary>
    protected string? Get(Option<string?> option)
    {
        var value = Parsed.GetValue(option);
        return value is not { Length: 0 } ? value : throw new FloydException($"The value of {option.Name} is empty; give one, or leave the option out.");
    }

    /// <summary>The values of an option.</summary>
    protected IReadOnlyList<string> Get(Option<string[]> option) => Parsed.GetValue(option) ?? [];

    /// <summary>Whether a switch is set.</summary>
    protected bool Get(Option<bool> option) => Parsed.GetValue(option);

    /// <summary>Positional arguments. One that looks like an option is an option that does not exist.</summary>
    protected IReadOnlyList<string> Get(Argument<string[]> argument)
    {
        var values = Parsed.GetValue(argument) ?? [];
        ParseProblem.RefuseUnknownOptions(Parsed, values);
        return values;
    }

    /// <summary>A positional argument; null where it is not given.</summary>
    protected string? Get(Argument<string?> argument)
    {
        var value = Parsed.GetValue(argument);
        ParseProblem.RefuseUnknownOptions(Parsed, value is null ? [] : [value]);
        return value;
    }

    private T Declare<T>(T option)
        where T : Option
    {
        _sections[^1].Add(option);
        return option;
    }
}
