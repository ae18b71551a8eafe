using System.CommandLine;

namespace FloydSharp.Cli.Input;

/// <summary>Options that stand together in a help text.</summary>
/// <param name="title">The heading.</param>
internal sealed class HelpSection(string title)
{
    private readonly List<Option> _options = [];

    /// <summary>The heading.</summary>
    public string Title => title;

    /// <summary>The options in the order of the help text.</summary>
    public IReadOnlyList<Option> Options => _options;

    /// <summary>Appends an option.</summary>
    public void Add(Option option) => _options.Add(option);
}
