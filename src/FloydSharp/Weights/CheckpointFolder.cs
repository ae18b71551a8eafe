using System.Text.Json;
using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.IO.Json;

namespace FloydSharp.Weights;

/// <summary>
/// A pipeline's checkpoint in the Hugging Face layout: model_index.json, which names the components, and one folder per component.
/// </summary>
public sealed class CheckpointFolder
{
    private readonly Dictionary<string, string> _components = [];

    private CheckpointFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The pipeline class that model_index.json names, such as <c>IFPipeline</c>.</summary>
    public string ClassName { get; private set; } = "";

    /// <summary>The components that model_index.json names, with their classes.</summary>
    public IReadOnlyDictionary<string, string> Components => _components;

    /// <summary>The largest noise level of an upscaler (<c>max_noise_level</c>); null where the index does not say.</summary>
    public int? MaxNoiseLevel { get; private set; }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="FloydException">It does not exist, or is no checkpoint of a pipeline.</exception>
    public static CheckpointFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new FloydException($"The checkpoint folder {path} does not exist; give the folder that holds model_index.json.");
        var index = System.IO.Path.Combine(path, "model_index.json");
        if (!File.Exists(index))
            throw new FloydException($"The folder {path} holds no model_index.json, so it is no pipeline checkpoint; give the folder that a download of the whole repository made.");

        var folder = new CheckpointFolder(path);
        folder.Read(ConfigFile.Load(index));
        return folder;
    }

    /// <summary>Whether a component is named and its folder exists.</summary>
    public bool Has(string component) => _components.ContainsKey(component) && Directory.Exists(System.IO.Path.Combine(Path, component));

    /// <summary>A component's folder.</summary>
    /// <exception cref="FloydException">The checkpoint has no such component.</exception>
    public string Component(string component)
    {
        var folder = System.IO.Path.Combine(Path, component);
        if (Directory.Exists(folder))
            return folder;
        throw new FloydException($"The checkpoint {Path} has no folder {component}; {(_components.ContainsKey(component) ? "its model_index.json names it: complete the download" : "give a checkpoint that has this component")}.");
    }

    private void Read(ConfigFile index)
    {
        foreach (var (key, value) in index.Values)
        {
            try
            {
                if (key == "_class_name")
                    ClassName = (string?)value ?? "";
                else if (key == "max_noise_level" && value?.GetValueKind() == JsonValueKind.Number)
                    MaxNoiseLevel = (int)value;
                else if (value is JsonArray { Count: 2 } names && (string?)names[1] is { } type)
                    _components[key] = type;
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
            {
                throw new FloydException($"{index.Source}: {PrintableText.Of(key)} is {PrintableText.Of(value!.ToJsonString())}, which no model_index.json has there; download it again.", e);
            }
        }
    }
}
