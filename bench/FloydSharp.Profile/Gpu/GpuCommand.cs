using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FloydSharp.Graphs;
using FloydSharp.Memory;
using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Gpu;

/// <summary>Times every model of the cascade at its real size on a GPU, ours and the reference in turns.</summary>
internal static class GpuCommand
{
    private const int Passes = 5;

    // Enough that recording is chosen.
    private const int Many = 1000;

    private static readonly Device _device = new("cuda:0");

    public static Command Create()
    {
        var cases = new Argument<string[]>("cases") { Description = "none, or any of " + string.Join(", ", GpuCase.Names), DefaultValueFactory = _ => [.. GpuCase.Names] };
        var rounds = new Option<int>("--rounds") { Description = "Timed rounds of five passes", DefaultValueFactory = _ => 7 };
        var python = new Option<string?>("--python") { Description = "A Python with torch, transformers and diffusers" };
        var source = new Option<string?>("--diffusers-source") { Description = "A folder with diffusers in it, where the Python has none" };
        var script = new Option<string>("--script") { DefaultValueFactory = _ => Path.Combine("bench", "reference", "reference.py") };
        var compile = new Option<bool>("--compile") { Description = "torch.compile too, a minute for each model" };
        var cascade = new Option<bool>("--cascade") { Description = "The whole cascade too: IF-I-XL 100 steps, IF-II-L 50, x4 75" };
        var models = new Option<string?>("--models") { Description = "Folder of the model in the box, to hold the fast way against the plain one" };
        var fastOnly = new Option<bool>("--fast-only") { Description = "Leave the plain way out, for a profiler" };
        var convolutions = new Option<bool>("--convolutions") { Description = "Also list the convolutions that were measured, and what that gained" };
        var output = new Option<string?>("--out") { Description = "Also write the tables to this file" };

        var command = new Command("gpu", "Times every model on a GPU at its real size, float16, random weights; the reference in the same run where a Python is given.")
        {
            cases, rounds, python, source, script, compile, cascade, models, fastOnly, convolutions, output,
        };
        command.SetAction(parse =>
        {
            using var noGrad = no_grad();
            using var report = new GpuReportFile(parse.GetValue(output));
            using var reference = parse.GetValue(python) is { } path
                ? PythonReference.Start(path, parse.GetRequiredValue(script), parse.GetValue(source))
                : null;
            Machine(report, reference);
            report.Line("| model | plain eager | fast eager | fast, graph | error | peak MiB | reference eager | channels_last | graph | graph, channels_last | compiled | ratio |");
            report.Line("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (var name in parse.GetRequiredValue(cases).Where(c => c != "none"))
                Run(name, parse.GetValue(rounds), reference, parse.GetValue(compile), parse.GetValue(fastOnly), report);
            if (parse.GetValue(cascade))
                GpuCascade.Run(_device, reference, report);
            if (parse.GetValue(models) is { } folder)
                GpuTrajectory.Run(folder, _device, report);
            if (parse.GetValue(convolutions))
                GpuConvolutions.List(report);
            return 0;
        });
        return command;
    }

    private static void Machine(GpuReportFile report, PythonReference? reference)
    {
        var system = SystemReport.Collect();
        report.Line($"{(system.Gpus.Count > 0 ? system.Gpus[0].Name : "no GPU")}, driver for CUDA {CudaDriver.SupportedCuda()}, {system.Cpu.Model}, {system.Cpu.UsableProcessors} threads; libtorch {system.Libtorch.Version}, TorchSharp {system.Libtorch.TorchSharpVersion}, {system.Dotnet}; graphs: {CudaGraphSupport.Problem(0) ?? "yes"}");
        if (reference is not null)
            report.Line("Reference: " + string.Join(", ", reference.Versions.Select(v => $"{v.Key} {v.Value}")));
        report.Line("");
        report.Line($"Milliseconds of one pass, float16, median and in brackets the least of rounds of {Passes} passes. Ratio: reference eager to fast with graph.");
        report.Line("");
    }

    private static void Run(string name, int rounds, PythonReference? reference, bool compile, bool fastOnly, GpuReportFile report)
    {
        string ours;
        double best;
        JsonObject description;
        try
        {
            (ours, best, description) = Ours(name, rounds, fastOnly);
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or IO.FloydException)
        {
            report.Line($"| {name} | failed: {e.Message.Split('\n')[0]} |");
            return;
        }

        DeviceMemory.Trim();
        if (reference is null)
        {
            report.Line($"| {name} | {ours} | | | | | | |");
            return;
        }

        (description["rounds"], description["passes"], description["compile"]) = (rounds, Passes, compile);
        var answer = reference.Ask(description);
        if (answer["error"] is { } error)
            Console.Error.WriteLine($"reference, {name}: {error}");
        var times = new[] { "eager", "channels_last", "graph", "graph_channels_last", "compiled" }.Select(key => Times(answer[key])).ToList();
        var ratio = times[0] is { } eager ? string.Create(CultureInfo.InvariantCulture, $"{eager.Median / best:f2}") : "";
        report.Line($"| {name} | {ours} | {string.Join(" | ", times.Select(t => t?.ToString() ?? ""))} | {ratio} |");
    }

    private static (string Cells, double Best, JsonObject Description) Ours(string name, int rounds, bool fastOnly)
    {
        using var made = GpuCase.Create(name, _device);
        DeviceMemory.ResetPeak();
        GpuWays.Choose(made.Model, fast: false);
        using var expected = fastOnly ? null : made.Forward(fast: false).to(ScalarType.Float32);
        var plain = fastOnly ? null : GpuTimes.Measure(() => made.Forward(fast: false).Dispose(), rounds, Passes);

        GpuWays.Choose(made.Model, fast: true);
        using var got = made.Forward(fast: true).to(ScalarType.Float32);
        var fast = GpuTimes.Measure(() => made.Forward(fast: true).Dispose(), rounds, Passes);
        var error = expected is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{((got - expected).norm() / expected.norm()).item<float>():e1}");

        using var pass = new GraphedPass(() => made.Forward(fast: true), GraphChoice.For(made.Model, Many), name);
        var graph = GpuTimes.Measure(() => pass.Run().Dispose(), rounds, Passes);
        using var replayed = pass.Run().to(ScalarType.Float32);
        var same = (replayed - got).abs().max().item<float>();
        if (!pass.IsRecorded || same != 0)
            Console.Error.WriteLine($"{name}: {(pass.IsRecorded ? $"the graph's result differs by {same}" : pass.Why)}");
        var peak = DeviceMemory.Peak() >> 20;
        var cells = string.Create(CultureInfo.InvariantCulture, $"{plain} | {fast} | {(pass.IsRecorded ? graph.ToString() : "none")} | {error} | {peak}");
        return (cells, pass.IsRecorded ? graph.Median : fast.Median, made.Description);
    }

    private static GpuTimes? Times(JsonNode? node) => node is JsonArray list && list.Count > 0 ? new([.. list.Select(n => n!.GetValue<double>())]) : null;
}
