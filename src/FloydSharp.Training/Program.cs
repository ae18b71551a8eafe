using System.CommandLine;
using FloydSharp.Training.Commands;

var root = new RootCommand("floyd-train: trains IF cascades from nothing, on a world that it draws or on a folder of captioned pictures.")
{
    WorldCommand.Create(),
    WatermarkCommand.Create(),
    TokenizerCommand.Create(),
    Stage1Command.Create(),
    Stage2Command.Create(),
    VaeCommand.Create(),
    Stage3Command.Create(),
    SizesCommand.Create(),
};
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
