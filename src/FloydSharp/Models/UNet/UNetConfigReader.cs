using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FloydSharp.IO;

namespace FloydSharp.Models.UNet;

/// <summary>Turns a config.json into a <see cref="UNet2DConditionConfig"/> and back.</summary>
internal static class UNetConfigReader
{
    // A real file has 2 KB: anything near this size is not one.
    private const long MaxFileBytes = 1 << 20;
    private const string ClassName = "UNet2DConditionModel";

    public static UNet2DConditionConfig Load(string path)
    {
        var file = new FileInfo(Directory.Exists(path) ? Path.Combine(path, "config.json") : path);
        if (!file.Exists)
            throw new FloydException($"There is no file {file.FullName}; expected the configuration of a UNet.");
        if (file.Length > MaxFileBytes)
            throw new FloydException($"The file {file.FullName} has {file.Length} bytes; the configuration of a UNet has a few thousand.");
        return Parse(ReadText(file), $"the file {file.FullName}");
    }

    public static UNet2DConditionConfig Parse(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FloydException($"Expected a JSON object with the configuration of a UNet, got {Quote(document.RootElement)} in {source}.");
            var config = Read(document.RootElement, source);
            config.Validate(source);
            return config;
        }
        catch (JsonException e)
        {
            throw new FloydException($"The text is not valid JSON ({OneLine(e.Message)}) in {source}.", e);
        }
    }

    public static string Write(UNet2DConditionConfig config)
    {
        var node = JsonSerializer.SerializeToNode(config, UNetConfigJson.Default.UNet2DConditionConfig)!.AsObject();
        node.Insert(0, "_class_name", JsonValue.Create(ClassName));
        return node.ToJsonString(UNetConfigJson.Default.Options) + "\n";
    }

    private static string ReadText(FileInfo file)
    {
        try
        {
            return File.ReadAllText(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"The file {file.FullName} could not be read ({OneLine(e.Message)}); check it and its permissions.", e);
        }
    }

    private static UNet2DConditionConfig Read(JsonElement root, string source)
    {
        var types = UNetConfigJson.Default.UNet2DConditionConfig.Properties.ToDictionary(p => p.Name, p => p.PropertyType);

        // The generated reader gives init properties that a file leaves out their type's default, not the one written in the
        // record, so the file is laid over a complete configuration.
        var known = JsonSerializer.SerializeToNode(new UNet2DConditionConfig(), UNetConfigJson.Default.UNet2DConditionConfig)!.AsObject();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "_class_name" && !(property.Value.ValueKind == JsonValueKind.String && property.Value.ValueEquals(ClassName)))
                throw new FloydException($"\"_class_name\" is {Quote(property.Value)}, expected \"{ClassName}\", in {source}.");
            if (property.Name.StartsWith('_'))
                continue;
            if (!types.ContainsKey(property.Name))
                throw new FloydException($"The key \"{OneLine(property.Name)}\" (value {Quote(property.Value)}) is not known for a UNet, so its effect would be lost, in {source}.");
            known[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        }

        try
        {
            return known.Deserialize(UNetConfigJson.Default.UNet2DConditionConfig)!;
        }
        catch (JsonException e)
        {
            var key = (e.Path ?? "").TrimStart('$', '.').Split('[', '.')[0];
            var value = root.TryGetProperty(key, out var element) ? Quote(element) : "missing";
            var expected = types.TryGetValue(key, out var type) ? KindOf(type) : "another kind of value";
            throw new FloydException($"\"{key}\" is {value}, expected {expected}, in {source}.", e);
        }
    }

    private static string KindOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(int) => "a whole number",
        var t when t == typeof(double) => "a number",
        var t when t == typeof(bool) => "true or false",
        var t when t == typeof(string) => "a text",
        var t when t == typeof(PerBlock<int>) => "a whole number or a list of them",
        var t when t == typeof(PerBlock<bool>) => "true, false or a list of them",
        var t when t == typeof(IReadOnlyList<int>) => "a list of whole numbers",
        _ => "a list of texts",
    };

    private static string Quote(JsonElement value)
    {
        const int Longest = 60;
        var text = OneLine(value.GetRawText());
        return text.Length <= Longest ? text : text[..Longest] + "...";
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>Generated reading and writing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
[JsonSerializable(typeof(UNet2DConditionConfig))]
internal sealed partial class UNetConfigJson : JsonSerializerContext;
