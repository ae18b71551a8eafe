using FloydSharp.Cascade;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>The models that a command line asks for.</summary>
/// <param name="Options">Their folders.</param>
/// <param name="Listed">Where the settings they are best sampled with are listed; null for none.</param>
internal sealed record ChosenModels(CascadeOptions Options, CascadeModels? Listed)
{
    /// <summary>How many stages run.</summary>
    public int StageCount => Options.Stage3 is not null ? 3 : Options.Stage2 is not null ? 2 : 1;

    /// <summary>A verb's own request with the listed settings in the place of its own.</summary>
    public CascadeRequest Settle(CascadeRequest own) => Listed?.ApplyTo(own) ?? own;

    /// <summary>The models that are there without being named on the command line.</summary>
    /// <exception cref="FloydException">There are none, or they cannot be opened.</exception>
    public static CascadeModels Find(CliHost host)
    {
        try
        {
            return host.Models.Open();
        }
        catch (FloydException e) when (host.Models.Find() is null)
        {
            throw new FloydException($"{e.Message.TrimEnd('.')}: --models DIR or --stage1 DIR.", e);
        }
    }
}
