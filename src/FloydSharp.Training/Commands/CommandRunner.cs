using System.CommandLine;
using FloydSharp.IO;
using FloydSharp.Native;
using FloydSharp.Training.Data;
using FloydSharp.Training.Kernels;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Stages;

namespace FloydSharp.Training.Commands;

/// <summary>Runs a verb, and says in one line what went wrong.</summary>
internal static class CommandRunner
{
    // bfloat16 keeps eight bits.
    private const double LargestError = 0.02;

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
        var log = parse.InvocationConfiguration.Output;
        if (stage.Model.Device.type == TorchSharp.DeviceType.CUDA && !options.IsPlain(parse))
            UseKernels(stage, log);
        using var optimizer = new FlatAdamW(stage.Model, options.Adam(parse));
        new TrainingLoop(stage, optimizer, new BatchMaker(options.Source(parse), batches), options.Loop(parse), log).Run(cancellation);
    }

    /// <summary>Lets layers run fused where this GPU computes them right; else the plain way stays.</summary>
    private static void UseKernels(ITrainingStage stage, TextWriter log)
    {
        try
        {
            var kernels = TrainingKernels.Create();
            var error = kernels.Error();
            log.WriteLine($"fused layers: relative error {error:0.0000}{(error < LargestError ? "" : ", too large: the plain way is used")}");
            if (error >= LargestError)
                return;
            foreach (var layer in stage.Layers)
                kernels.Attach(layer);
        }
        catch (NativeLibraryException e)
        {
            log.WriteLine($"no fused layers: {e.Message}");
        }
    }
}
