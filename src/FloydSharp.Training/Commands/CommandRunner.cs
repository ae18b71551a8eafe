using System.CommandLine;
using FloydSharp.IO;
using FloydSharp.Training.Data;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Stages;

namespace FloydSharp.Training.Commands;

/// <summary>Runs a verb, and says in one line what went wrong.</summary>
internal static class CommandRunner
{
    /// <summary>Sets what a verb does.</summary>
    /// <returns>The verb.</returns>
    public static Command Does(this Command command, Action<ParseResult, CancellationToken> action)
    {
        command.SetAction((parse, cancellation) =>
        {
            try
            {
                action(parse, cancellation);
                return Task.FromResult(0);
            }
            catch (FloydException e)
            {
                parse.InvocationConfiguration.Error.WriteLine($"floyd-train: {e.Message}");
                return Task.FromResult(1);
            }
        });
        return command;
    }

    /// <summary>Trains a stage until its time is over.</summary>
    public static void Train(ITrainingStage stage, TrainingOptions options, BatchOptions batches, ParseResult parse, CancellationToken cancellation)
    {
        using var optimizer = new FlatAdamW(stage.Model, options.Adam(parse));
        new TrainingLoop(stage, optimizer, new BatchMaker(options.Source(parse), batches), options.Loop(parse), parse.InvocationConfiguration.Output).Run(cancellation);
    }
}
