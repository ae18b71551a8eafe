using System.CommandLine;

namespace FloydSharp.Cli.Input;

/// <summary>A command that knows its settings, for the help text.</summary>
internal sealed class VerbCommand(string name, string description, VerbSettings settings) : Command(name, description)
{
    /// <summary>Options by sections, and examples.</summary>
    public VerbSettings Settings => settings;
}
