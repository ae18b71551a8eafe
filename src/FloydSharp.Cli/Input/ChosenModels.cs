using FloydSharp.Cascade;

namespace FloydSharp.Cli.Input;

/// <summary>The models that a command line asks for.</summary>
/// <param name="Options">Their folders.</param>
/// <param name="Request">The settings they are best sampled with.</param>
internal sealed record ChosenModels(CascadeOptions Options, CascadeRequest Request)
{
    /// <summary>How many stages run.</summary>
    public int StageCount => Options.Stage3 is not null ? 3 : Options.Stage2 is not null ? 2 : 1;
}
