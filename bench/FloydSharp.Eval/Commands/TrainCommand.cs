using System.CommandLine;
using FloydSharp.Eval.Analysis;

namespace FloydSharp.Eval.Commands;

/// <summary>Teaches the analyser.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "The weights; training goes on from them where they exist.", Required = true };
        var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 15 };
        var rate = new Option<double>("--rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 2e-3 };
        var batch = new Option<int>("--batch") { Description = "Pictures per step; 32 suits a CPU, 512 a GPU.", DefaultValueFactory = _ => 32 };
        var workers = new Option<int>("--workers") { Description = "Threads that draw; all but one on a GPU, one on a CPU when left out." };
        var seed = new Option<int>("--seed") { Description = "Another number, other scenes.", DefaultValueFactory = _ => 0 };
        var device = DeviceOption.Create();
        var command = new Command("train", "Teaches the analyser of pictures on rendered scenes.") { output, minutes, rate, batch, workers, seed, device };
        return command.Does(parse =>
        {
            var target = DeviceOption.Parse(parse.GetRequiredValue(device));
            var threads = parse.GetValue(workers);
            var options = new AnalyserOptions
            {
                Minutes = parse.GetValue(minutes),
                Rate = parse.GetValue(rate),
                Batch = Math.Max(1, parse.GetValue(batch)),
                Workers = threads > 0 ? threads : target.type is TorchSharp.DeviceType.CPU ? 1 : Math.Max(1, Environment.ProcessorCount - 1),
                FirstScene = parse.GetValue(seed) * 100_000_000L,
            };
            AnalyserTraining.Run(parse.GetRequiredValue(output), options, target, parse.InvocationConfiguration.Output);
            return 0;
        });
    }
}
