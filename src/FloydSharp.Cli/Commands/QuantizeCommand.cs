using System.CommandLine;
using FloydSharp.Cli.Inspect;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.IO;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd quantize</c>: a checkpoint with int8 weights.</summary>
internal sealed class QuantizeCommand(QuantizeSettings settings, CliHost host)
{
    private static readonly string[] _usual = ["text_encoder", "unet"];

    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new QuantizeSettings();
        return settings.ToCommand(
            "quantize", "Write a checkpoint's weights in 8 bits: a quarter of the memory, for --variant 8bit.", () => new QuantizeCommand(settings, host).Run());
    }

    private void Run()
    {
        var (folder, output, options) = (settings.Folder, settings.OutFolder, settings.ToOptions());
        options.Validate();
        if (!Directory.Exists(folder))
            throw new FloydException($"The folder {folder} does not exist; give a checkpoint, or one of its components.");
        var beside = Full(folder) == Full(output);
        if (!beside && Path.Exists(output))
            throw new FloydException($"--out {output} exists already; name a new folder, or the checkpoint's own for files beside the others.");

        var names = Components(folder);
        var view = ProgressView.For(host, settings.Quiet);
        List<QuantizedComponent> written = [];
        view.Run(() =>
        {
            using var copy = beside ? null : CheckpointCopy.Begin(folder, Full(output), [.. names.Where(n => n.Length > 0)], options.Variant);
            foreach (var name in names)
                written.Add(Quantize(name, Path.Combine(folder, name), copy is null ? Path.Combine(folder, name) : Path.Combine(copy.Path, name), options, !beside, view));
            copy?.Complete();
            if (!settings.Json)
                view.Result(output);
        });

        if (settings.Json)
            Json.Write<IReadOnlyList<QuantizedComponent>>(host.Out, written);
        else
            Print(written);
    }

    private static string Full(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    // The empty name is the folder itself.
    private string[] Components(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "model_index.json")))
            return settings.Components is null ? [""] : throw new FloydException($"{folder} is one component, so --components says nothing; leave it out.");
        var checkpoint = CheckpointFolder.Open(folder);
        if (settings.Components is { Count: > 0 } asked)
        {
            foreach (var name in asked.Where(n => !checkpoint.Components.ContainsKey(n)))
                throw new FloydException($"The checkpoint {folder} has no component {name}; it has {string.Join(", ", checkpoint.Components.Keys.Order(StringComparer.Ordinal))}.");
            return [.. asked.Distinct()];
        }

        string[] usual = [.. _usual.Where(checkpoint.Has)];
        return usual.Length > 0 ? usual : throw new FloydException($"The checkpoint {folder} has neither text_encoder nor unet; name components with --components.");
    }

    private QuantizedComponent Quantize(string name, string folder, string output, QuantizeOptions options, bool writeConfig, ProgressView view)
    {
        var shown = name.Length > 0 ? name : Path.GetFileName(Full(folder));
        var className = CheckpointInspector.Component(folder).ClassName;
        using var model = ModelCheck.Build(className, folder)
            ?? throw new FloydException($"{folder}: {(className.Length > 0 ? $"{Printable.Of(className)} is no model that is known here" : "its config.json names no class")}; choose other --components.");
        view.Begin("weights", $"quantize {shown}");
        var report = CheckpointQuantizer.Write(model, folder, output, options, new Observer(view), host.Cancellation);
        view.End();
        if (writeConfig)
            CheckpointCopy.WriteText(Path.Combine(output, "config.json"), CheckpointQuantizer.Config(folder, model));
        return new(shown, [.. report.Files.Select(f => Path.GetFileName(f))], report.Quantized, report.Weights, report.BytesBefore, report.BytesAfter);
    }

    private void Print(IReadOnlyList<QuantizedComponent> written)
    {
        var columns = new Columns(host.Out);
        foreach (var component in written)
            columns.Row(component.Name, $"{component.Quantized} of {component.Weights} weights in 8 bits, {Units.Bytes(component.BytesBefore)} became {Units.Bytes(component.BytesAfter)}");
    }

    private sealed class Observer(ProgressView view) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => view.Report(value.LoadedBytes, value.TotalBytes, inBytes: true);
    }
}
