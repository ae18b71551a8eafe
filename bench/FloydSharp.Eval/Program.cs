using System.CommandLine;
using FloydSharp.Eval.Commands;

var root = new RootCommand("floyd-eval: measures whether pictures show what their prompts say.")
{
    TrainCommand.Create(),
    RunCommand.Create(),
    EditCommand.Create(),
    MeasureCommand.Create(),
    TruthCommand.Create(),
    PromptsCommand.Create(),
    CheckCommand.Create(),
};
return root.Parse(args).Invoke();
