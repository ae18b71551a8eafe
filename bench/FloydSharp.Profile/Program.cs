using System.CommandLine;
using FloydSharp.IO;
using FloydSharp.Native;
using FloydSharp.Profile;
using FloydSharp.Profile.Gpu;
using FloydSharp.Profile.Rows;

// End-to-end measurements: time and peak memory per phase, on real or synthetic checkpoints.
var root = new RootCommand("Measures FloydSharp: time and peak memory per phase.")
{
    SynthesizeCommand.Create(),
    CheckpointsCommand.Create(),
    LoadCommand.Create(),
    PromptCommand.Create(),
    StepCommand.Create(),
    ActivationsCommand.Create(),
    Int8Command.Create(),
    CascadeCommand.Create(),
    CpuCommand.Create(),
    GpuCommand.Create(),
    RowsCommand.Create(),
    CalibrateCommand.Create(),
};

try
{
    // Also sets how libtorch's threads wait, which without it would burn the processor that they wait for.
    NativeLibraries.EnsureLoaded();
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (FloydException e)
{
    Console.Error.WriteLine($"profile: {e.Message}");
    return 2;
}
