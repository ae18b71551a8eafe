using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.Cli.Inspect;
using FloydSharp.Cli.Output;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd inspect</c>: what a checkpoint, a weight file or a picture contains.</summary>
internal sealed class InspectCommand(InspectSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new InspectSettings();
        return settings.ToCommand(
            "inspect", "Show what a checkpoint, a weight file or a picture contains.", () => new InspectCommand(settings, host).Run());
    }

    private void Run()
    {
        var path = ModelFolder.ResolveIfThere(settings.Path, host);
        if (Directory.Exists(path))
            Folder(path);
        else if (!File.Exists(path))
            throw new FloydException($"{path} does not exist; give a folder, a safetensors file or a picture.");
        else if (PictureInspector.IsPng(path))
            Show(PictureInspector.Picture(path), FactsWriter.Write);
        else if (IsOtherJson(path))
            throw new FloydException($"{path} is JSON, but no index of weights such as model.safetensors.index.json; give the folder that holds it.");
        else
            Show(WeightFileInspector.File(path, settings.All), FactsWriter.Write);
    }

    private static bool IsOtherJson(string path) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !Path.GetFileName(path).Contains(".index.", StringComparison.OrdinalIgnoreCase);

    private void Folder(string path)
    {
        if (File.Exists(Path.Combine(path, "model_index.json")))
            Show(CheckpointInspector.Checkpoint(path), FactsWriter.Write);
        else if (ConfigHighlights.Exist(path) || Directory.EnumerateFiles(path, "*.safetensors").Any())
            Show(CheckpointInspector.Component(path), FactsWriter.Write);
        else
            throw new FloydException($"The folder {path} holds neither model_index.json nor a config nor weights; give a checkpoint or one of its components.");
    }

    private void Show<T>(T facts, Action<T, Columns> write)
    {
        if (settings.Json)
            Json.Write(host.Out, facts);
        else
            write(facts, new Columns(host.Out));
    }
}
