using System.Text.Json;
using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.IO.Json;

namespace FloydSharp.Cli.Inspect;

/// <summary>The class and the telling settings of a component's config, whatever its class is.</summary>
internal static class ConfigHighlights
{
    private static readonly string[] _files = ["config.json", "scheduler_config.json", "preprocessor_config.json", "tokenizer_config.json"];

    private static readonly string[] _classKeys = ["_class_name", "tokenizer_class", "feature_extractor_type", "image_processor_type"];

    private static readonly string[] _keys =
    [
        "sample_size", "in_channels", "out_channels", "latent_channels", "block_out_channels", "down_block_types", "layers_per_block", "attention_head_dim",
        "cross_attention_dim", "encoder_hid_dim", "class_embed_type", "num_class_embeds", "scaling_factor",
        "d_model", "d_ff", "d_kv", "num_layers", "num_heads", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "projection_dim",
        "num_train_timesteps", "beta_schedule", "prediction_type", "variance_type", "thresholding", "timestep_spacing",
        "size", "crop_size", "model_max_length", "torch_dtype",
    ];

    /// <summary>Whether a folder holds a config that is read here.</summary>
    public static bool Exist(string folder) => _files.Any(f => File.Exists(Path.Combine(folder, f)));

    /// <summary>Reads them.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <returns>The class ("" where none is named) and settings by name, as they stand in the file; both empty without a config.</returns>
    /// <exception cref="FloydException">The config is damaged.</exception>
    public static (string ClassName, IReadOnlyDictionary<string, string> Settings) Read(string folder)
    {
        var path = _files.Select(f => Path.Combine(folder, f)).FirstOrDefault(File.Exists);
        if (path is null)
            return ("", new Dictionary<string, string>());
        var file = ConfigFile.Load(path);
        try
        {
            return (ClassOf(file.Values), _keys.Where(k => file.Values[k] is not null).ToDictionary(k => k, k => Compact(file.Values[k])));
        }
        catch (InvalidOperationException e)
        {
            throw new FloydException($"{path}: a text in it is not valid Unicode ({e.Message.TrimEnd('.')}); download it again.", e);
        }
    }

    private static string ClassOf(JsonObject root)
    {
        var named = _classKeys.Select(key => root[key]).FirstOrDefault(IsText);
        if (named is null && root["architectures"] is JsonArray { Count: > 0 } list && IsText(list[0]))
            named = list[0];
        return named is null ? "" : Compact(named);
    }

    private static bool IsText(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String;

    private static string Compact(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray list => $"[{string.Join(", ", list.Select(Compact))}]",
        JsonObject values => string.Join(", ", values.Select(p => $"{p.Key} {Compact(p.Value)}")),
        _ => IsText(node) ? node.GetValue<string>() : node.ToJsonString(),
    };
}
