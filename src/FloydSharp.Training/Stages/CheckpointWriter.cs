using FloydSharp.Training.Optimization;
using FloydSharp.Training.Tokenizers;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>
/// Writes a pipeline's checkpoint in the Hugging Face layout. Every file appears complete or not at all, and model_index.json
/// last, so an interrupted run leaves the previous checkpoint or a complete new one of the same sizes.
/// </summary>
/// <param name="folder">The checkpoint; created where it is missing.</param>
internal sealed class CheckpointWriter(string folder)
{
    private readonly List<(string Component, string Library, string Type)> _components = [];

    /// <summary>Writes a component that is trained: its configuration and its averaged weights in float16.</summary>
    /// <param name="component">The name in model_index.json and among the model's parts.</param>
    /// <param name="library">The Python library of its class.</param>
    /// <param name="type">Its class.</param>
    /// <param name="config">The text of config.json.</param>
    /// <param name="model">Holds the weights.</param>
    /// <param name="values">A flat buffer to take them from; null means the model's average.</param>
    public CheckpointWriter Weights(string component, string library, string type, string config, TrainableModel model, Tensor? values = null)
    {
        var target = Folder(component);
        TextFiles.Write(Path.Combine(target, "config.json"), config);
        var file = library == "transformers" ? "model.safetensors" : "diffusion_pytorch_model.safetensors";
        using var scope = NewDisposeScope();
        IO.Safetensors.SafetensorsWriter.Write(
            Path.Combine(target, file), model.SourcesOf(component, values ?? model.Average, ScalarType.Float16), new Dictionary<string, string> { ["format"] = "pt" }, overwrite: true);
        return Name(component, library, type);
    }

    /// <summary>Copies the files of a component that is not trained here, unless they lie there already.</summary>
    public CheckpointWriter Copy(string component, string library, string type, string source)
    {
        var target = Folder(component);
        if (!string.Equals(Path.GetFullPath(source), Path.GetFullPath(target), StringComparison.Ordinal))
        {
            foreach (var file in Directory.EnumerateFiles(source))
                TextFiles.Write(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
        }

        return Name(component, library, type);
    }

    /// <summary>Writes a scheduler's configuration.</summary>
    public CheckpointWriter Scheduler(string component, string type, string config)
    {
        TextFiles.Write(Path.Combine(Folder(component), "scheduler_config.json"), config);
        return Name(component, "diffusers", type);
    }

    /// <summary>Writes model_index.json.</summary>
    /// <param name="pipeline">The class of the pipeline.</param>
    /// <param name="more">Further lines, each <c>"key": value</c>.</param>
    public void Finish(string pipeline, params string[] more)
    {
        List<string> lines = [$"\"_class_name\": \"{pipeline}\"", "\"_diffusers_version\": \"0.40.0\"", .. more];
        // A mark that was put into the checkpoint stays: it is not the trainer's.
        if (Directory.Exists(Path.Combine(folder, "watermarker")))
            _components.Add(("watermarker", "deepfloyd_if", "IFWatermarker"));
        lines.AddRange(_components.Select(c => $"\"{c.Component}\": [\"{c.Library}\", \"{c.Type}\"]"));
        TextFiles.Write(Path.Combine(folder, "model_index.json"), "{\n  " + string.Join(",\n  ", lines) + "\n}\n");
    }

    private CheckpointWriter Name(string component, string library, string type)
    {
        _components.Add((component, library, type));
        return this;
    }

    private string Folder(string component) => Directory.CreateDirectory(Path.Combine(folder, component)).FullName;
}
