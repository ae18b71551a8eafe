using System.CommandLine;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Commands;

/// <summary>Teaches the analyser.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "The weights; training goes on from them where they exist.", Required = true };
        var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 15 };
        var rate = new Option<double>("--rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 2e-3 };
        var batch = new Option<int>("--batch") { Description = "Pictures per step; 64 suits a CPU, 256 a GPU.", DefaultValueFactory = _ => 64 };
        var seed = new Option<int>("--seed") { Description = "Another number, other scenes, 0 to 9.", DefaultValueFactory = _ => 0 };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var command = new Command("train", "Teaches the analyser of pictures on rendered scenes.") { output, minutes, rate, batch, seed, device };
        return command.Does(parse =>
        {
            AnalyserTraining.Run(
                parse.GetRequiredValue(output), parse.GetValue(minutes), parse.GetValue(rate), parse.GetValue(batch),
                ReservedSeeds.Analyser + (Math.Clamp(parse.GetValue(seed), 0, 9) * 10_000_000), new Device(parse.GetRequiredValue(device)), parse.InvocationConfiguration.Output);
            return 0;
        });
    }
}
