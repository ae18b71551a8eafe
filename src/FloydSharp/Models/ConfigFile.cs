using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FloydSharp.IO;

namespace FloydSharp.Models;

/// <summary>Reads <c>config.json</c> files into configuration records; the files are not trusted.</summary>
internal static class ConfigFile
{
    private const long MaxBytes = 1 << 20;

    /// <summary>The JSON object in a file.</summary>
    /// <param name="path">The file, or the folder that holds it as <c>config.json</c>; becomes the file.</param>
    /// <exception cref="FloydException">The file is missing, too large, or not a JSON object.</exception>
    public static JsonObject Load(ref string path)
    {
        try
        {
            if (Directory.Exists(path))
                path = Path.Combine(path, "config.json");
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new FloydException($"{path} has {length} bytes; a configuration has at most {MaxBytes}. Is it the right file?");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"The configuration {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The JSON object in a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">It is not a JSON object.</exception>
    public static JsonObject Parse(string json, string source)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new() { MaxDepth = 16, AllowDuplicateProperties = false }) as JsonObject
                ?? throw new FloydException($"{source} holds no JSON object; a configuration is one object of keys and values.");
        }
        catch (JsonException e)
        {
            throw new FloydException($"{source} is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>
    /// The record with the file's values, and the defaults' where the file has none. The generated reader alone would reset
    /// what the file leaves out to zero, because it fills <c>init</c> properties all at once.
    /// </summary>
    /// <exception cref="FloydException">A value has the wrong type.</exception>
    public static T Read<T>(JsonObject file, JsonTypeInfo<T> info, T defaults, string source)
    {
        var merged = JsonSerializer.SerializeToNode(defaults, info)!.AsObject();
        foreach (var key in merged.Select(entry => entry.Key).Where(file.ContainsKey).ToList())
        {
            if (file[key] is null && merged[key] is not null)
                throw new FloydException($"{source}: {key} is null; expected is a value such as {merged[key]!.ToJsonString()}.");
            merged[key] = file[key]?.DeepClone();
        }

        try
        {
            return merged.Deserialize(info)!;
        }
        catch (JsonException e)
        {
            var key = e.Path?.TrimStart('$', '.').Split('.', '[')[0] ?? "";
            var value = key.Length > 0 ? merged[key]?.ToJsonString() ?? "null" : "";
            throw new FloydException($"{source}: {key} is {Shorten(value)}, which is not a value this key can have.", e);
        }
    }

    /// <summary>The text of a <c>config.json</c>: the record's values after keys that other programs ask for.</summary>
    public static string Write<T>(T config, JsonTypeInfo<T> info, params IEnumerable<(string Key, string Value)> first)
    {
        var file = new JsonObject();
        foreach (var (key, value) in first)
            file[key] = value;
        foreach (var (key, value) in JsonSerializer.SerializeToNode(config, info)!.AsObject())
            file[key] = value?.DeepClone();
        return file.ToJsonString(info.Options) + "\n";
    }

    /// <summary>Fails by name where the file has a key outside the known ones; keys that begin with an underscore pass.</summary>
    public static void RejectUnknownKeys<T>(JsonObject file, JsonTypeInfo<T> info, string source)
    {
        var known = info.Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, _) in file)
        {
            if (!known.Contains(key) && !key.StartsWith('_'))
                throw new FloydException($"{source} sets \"{Shorten(JsonEncodedText.Encode(key).Value)}\", which this version does not know; it may change the result, so the model is not loaded.");
        }
    }

    /// <summary>Fails unless a key is absent, null, or one of the values that change nothing here.</summary>
    /// <param name="file">The configuration.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="key">The key.</param>
    /// <param name="allowed">JSON texts, such as <c>false</c> or <c>"t5"</c>.</param>
    public static void RequireOneOf(JsonObject file, string source, string key, params string[] allowed)
    {
        if (file[key]?.ToJsonString() is { } value && !allowed.Contains(value))
            throw new FloydException($"{source}: {key} is {Shorten(value)}; supported is {string.Join(" or ", allowed)}.");
    }

    /// <summary>Fails unless a number lies in a range.</summary>
    public static void RequireRange(long value, long min, long max, string key)
    {
        if (value < min || value > max)
            throw new FloydException($"The configuration's {key} is {value}; expected is {min} to {max}.");
    }

    /// <summary>Fails unless a number added to a variance is positive and small.</summary>
    public static void RequireEpsilon(double value, string key)
    {
        if (!(value > 0 && value < 1))
            throw new FloydException($"The configuration's {key} is {value}; expected is a small positive number such as 1e-6.");
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
