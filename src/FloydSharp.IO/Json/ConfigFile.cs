using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FloydSharp.IO.Json;

/// <summary>
/// A checkpoint's JSON file of keys and values, not trusted until it was read into a configuration record. All messages
/// begin with the file's name.
/// </summary>
internal sealed class ConfigFile
{
    // The largest real ones are schedulers' files with a beta for each of some thousand timesteps.
    private const long MaxBytes = 4 << 20;

    private ConfigFile(JsonObject values, string source) => (Values, Source) = (values, source);

    /// <summary>What messages call the file.</summary>
    public string Source { get; }

    /// <summary>The keys and values.</summary>
    public JsonObject Values { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <param name="name">The file's name in that folder.</param>
    /// <param name="mend">Turns what other programs write into JSON; null where they write nothing else.</param>
    /// <exception cref="FloydException">The file is missing, too large, or not a JSON object.</exception>
    public static ConfigFile Load(string path, string name = "config.json", Func<string, string>? mend = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            path = Path.Combine(path, name);
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new FloydException($"{path}: there is no such file; give a {name}, or the folder that holds it.");
            if (file.Length > MaxBytes)
                throw new FloydException($"{path}: {file.Length} bytes, where a configuration has at most {MaxBytes}; is it the right file?");
            var json = File.ReadAllText(path);
            return Parse(mend is null ? json : mend(json), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FloydException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); check the file and its permissions.", e);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">It is not a JSON object, or has a key twice.</exception>
    public static ConfigFile Parse(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var node = JsonNode.Parse(json, documentOptions: new() { MaxDepth = 16, AllowDuplicateProperties = false });
            if (node is not JsonObject values)
                throw new FloydException($"{source}: holds a JSON {node?.GetValueKind() ?? JsonValueKind.Null}, expected an object of keys and values.");
            _ = values.Count; // Names are decoded now, while an escape that is no character can be caught.
            return new(values, source);
        }
        catch (JsonException e)
        {
            var line = e.LineNumber is { } number ? $" at line {number + 1}" : "";
            throw new FloydException($"{source}: not valid JSON{line} ({PrintableText.Of(e.Message.TrimEnd('.'))}); download it again.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new FloydException($"{source}: not valid JSON, as a key is no valid text; download it again.", e);
        }
    }

    /// <summary>An object within this one, read as a file of its own.</summary>
    /// <param name="values">The object.</param>
    /// <param name="name">What messages call it after the file's name; null where the file's name is enough.</param>
    public ConfigFile Section(JsonObject values, string? name = null) => new(values, name is null ? Source : $"{Source}, {name}");

    /// <summary>
    /// The record with the file's values, and the defaults' where the file has none. The generated reader alone would reset
    /// what the file leaves out to zero, because it fills <c>init</c> properties all at once.
    /// </summary>
    /// <param name="info">The record's generated reader, which respects nullable annotations.</param>
    /// <param name="defaults">The values of what the file leaves out.</param>
    /// <exception cref="FloydException">A value has the wrong type.</exception>
    public T Read<T>(JsonTypeInfo<T> info, T defaults)
    {
        var merged = JsonSerializer.SerializeToNode(defaults, info)!.AsObject();
        foreach (var (key, value) in Values)
        {
            if (merged.ContainsKey(key))
                merged[key] = value?.DeepClone();
        }

        try
        {
            return merged.Deserialize(info)!;
        }
        catch (JsonException e)
        {
            var key = (e.Path ?? "").TrimStart('$', '.').Split('.', '[')[0];
            var type = info.Properties.FirstOrDefault(property => property.Name == key)?.PropertyType;
            throw new FloydException($"{Source}: {key} is {Show(Values[key])}{(type is null ? "" : Expected(type))}.", e);
        }
    }

    /// <summary>The text of a file: the record's values after keys that other programs ask for.</summary>
    public static string Write<T>(T config, JsonTypeInfo<T> info, params IEnumerable<(string Key, string Value)> first)
    {
        var file = new JsonObject();
        foreach (var (key, value) in first)
            file[key] = value;
        foreach (var (key, value) in JsonSerializer.SerializeToNode(config, info)!.AsObject())
            file[key] = value?.DeepClone();
        return file.ToJsonString(info.Options) + "\n";
    }

    /// <summary>
    /// Fails by name where the file has a key that the record lacks; keys that begin with an underscore pass, and what is said of
    /// quantized weights, which speak for themselves.
    /// </summary>
    /// <param name="info">The record's generated reader.</param>
    /// <param name="harmless">Keys that change nothing.</param>
    public void RejectUnknownKeys<T>(JsonTypeInfo<T> info, params IEnumerable<string> harmless)
    {
        HashSet<string> known = [.. info.Properties.Select(property => property.Name), .. harmless, "quantization_config"];
        foreach (var (key, value) in Values)
        {
            if (!known.Contains(key) && !key.StartsWith('_'))
                throw new FloydException($"{Source}: {PrintableText.Of(key)} is {Show(value)}, a key that is not known here, so its effect is not supported; remove it if it has none.");
        }
    }

    /// <summary>Fails unless a key is absent, null, or one of the values that change nothing here.</summary>
    /// <param name="key">The key.</param>
    /// <param name="allowed">JSON texts, such as <c>false</c> or <c>"t5"</c>.</param>
    public void RequireOneOf(string key, params string[] allowed)
    {
        if (Values[key] is { } value && !allowed.Contains(value.ToJsonString()))
            throw new FloydException($"{Source}: {key} is {Show(value)}; expected {string.Join(" or ", allowed)}.");
    }

    private static string Show(JsonNode? value) => PrintableText.Of(value?.ToJsonString() ?? "null");

    private static string Expected(Type type) => type.IsEnum || Nullable.GetUnderlyingType(type) is { IsEnum: true }
        ? $"; expected {KindOf(type)}"
        : $", another kind of value; expected {KindOf(type)}";

    private static string KindOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
            return "one of " + string.Join(", ", type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(NameOf));
        if (type == typeof(bool))
            return "true or false";
        if (type == typeof(string))
            return "a text";
        if (type == typeof(double))
            return "a number";
        if (type == typeof(int) || type == typeof(long))
            return "a whole number";
        if ((type.GetElementType() ?? type.GenericTypeArguments.FirstOrDefault()) is not { } entry)
            return "an object";
        return type.IsArray || type.IsInterface
            ? $"a list, each entry {KindOf(entry)}"
            : $"{KindOf(entry).Replace(" or ", ", ", StringComparison.Ordinal)} or a list of them";
    }

    private static string NameOf(FieldInfo value) => value.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? value.Name;
}
