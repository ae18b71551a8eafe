using System.Text.Json;
using FloydSharp.IO;

namespace FloydSharp.Cli.Inspect;

/// <summary>The class and the telling settings of a component's config, whatever its class is.</summary>
internal static class ConfigHighlights
{
    private const long MaxBytes = 1 << 20;

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
        if (new FileInfo(path).Length > MaxBytes)
            throw new FloydException($"The file {path} is larger than 1 MiB, which no config is; download it again.");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return (ClassOf(root), _keys
                .Where(k => root.TryGetProperty(k, out var value) && value.ValueKind != JsonValueKind.Null)
                .ToDictionary(k => k, k => Compact(root.GetProperty(k))));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FloydException($"The file {path} is not valid JSON ({e.Message}); download it again.", e);
        }
    }

    private static string ClassOf(JsonElement root)
    {
        foreach (var key in _classKeys)
        {
            if (root.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String)
                return name.GetString()!;
        }

        return root.TryGetProperty("architectures", out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
            && list[0].ValueKind == JsonValueKind.String ? list[0].GetString()! : "";
    }

    private static string Compact(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Compact))}]",
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(p => $"{p.Name} {Compact(p.Value)}")),
        _ => value.GetRawText(),
    };
}
