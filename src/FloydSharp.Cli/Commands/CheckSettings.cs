using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd check</c> can be told.</summary>
internal sealed class CheckSettings : CascadeVerbSettings
{
    private readonly Argument<string[]> _prompts;
    private readonly Option<string[]> _negative, _style;
    private readonly Option<bool> _noCleanCaption, _json;

    public CheckSettings()
    {
        _prompts = Arguments("PROMPT", "What to look at. One that begins with a dash goes after --.");
        DeclareModels();

        Section("Text");
        _negative = Values("--negative", "TEXT", "What to steer away from.");
        _style = Values("--style", "TEXT", "A style to mix in.");
        _noCleanCaption = Flag("--no-clean-caption", "As with floyd generate: T5 gets the prompt as it is.");

        Section("Output");
        _json = Flag("--json", "Print one JSON list.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("what the text encoders read of a prompt", "floyd check \"a sign that says (ROOM 1234567)\""),
        ("without cleaning, for a checkpoint", "floyd check \"a sign that says (ROOM 1234567)\" --no-clean-caption --stage1 IF-I-XL"),
    ];

    public IReadOnlyList<string> Prompts =>
        Get(_prompts) is { Count: > 0 } prompts ? prompts : throw new FloydException("There is no prompt; give at least one.");

    public IReadOnlyList<string> NegativePrompts => Get(_negative);

    public IReadOnlyList<string> Styles => Get(_style);

    public bool CleanCaption => !Get(_noCleanCaption);

    public bool Json => Get(_json);
}
