using System.Text.Json;

namespace FloydSharp.IO.Tokenizers;

/// <summary>Reads the files of a tokenizer folder; every complaint names the file.</summary>
internal sealed class TokenizerFolder
{
    private const int LargestFile = 64 << 20;

    public TokenizerFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new FloydException($"There is no tokenizer folder {path}; give the folder that holds the tokenizer's files (\"tokenizer\" in a checkpoint).");
        Path = path;
    }

    public string Path { get; }

    public string FileOf(string name) => System.IO.Path.Combine(Path, name);

    public bool Has(string name) => File.Exists(FileOf(name));

    public byte[] Read(string name)
    {
        var file = FileOf(name);
        try
        {
            if (!File.Exists(file))
                throw new FloydException($"The tokenizer folder {Path} has no {name}; download the tokenizer again, with all of its files.");
            if (new FileInfo(file).Length is var length and > LargestFile)
                throw new FloydException($"{file} has {length} bytes; a tokenizer file has {LargestFile} at most. Is it another file?");
            var bytes = File.ReadAllBytes(file);
            if (bytes.AsSpan().StartsWith("version https://git-lfs"u8))
                throw new FloydException($"{file} is a Git LFS pointer, not the file itself; run \"git lfs pull\" where it came from, or download it.");
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The object in a JSON file, or null where there is no such file.</summary>
    public JsonElement? ReadObject(string name)
    {
        if (!Has(name))
            return null;
        try
        {
            using var json = JsonDocument.Parse(Read(name));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new FloydException($"{FileOf(name)} holds a JSON {json.RootElement.ValueKind}; expected an object. Download it again.");
            return json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FloydException($"{FileOf(name)} is not valid JSON ({e.Message}); download it again.", e);
        }
    }

    /// <summary>The text of a special token in one of the folder's JSON files: a string, or an object with "content".</summary>
    public string? SpecialToken(JsonElement? json, string fileName, string key)
    {
        if (json is not { } holder || !holder.TryGetProperty(key, out var token) || token.ValueKind == JsonValueKind.Null)
            return null;
        return TokenContent(token) ?? throw new FloydException($"{FileOf(fileName)}: \"{key}\" must be a text or an object with \"content\"; download the file again.");
    }

    /// <summary>The text of "token" or {"content": "token"}; null for anything else, or an empty text.</summary>
    public static string? TokenContent(JsonElement token)
    {
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content))
            token = content;
        try
        {
            return token.ValueKind == JsonValueKind.String && token.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped lone surrogate
        }
    }

    /// <summary>model_max_length of tokenizer_config.json where it is a length a model can have, at most <paramref name="limit"/>.</summary>
    public static int MaxLength(JsonElement? config, int limit) =>
        config is { } json && json.TryGetProperty("model_max_length", out var value) && value.ValueKind == JsonValueKind.Number &&
        value.TryGetDouble(out var length) && length >= 2 && length < limit
            ? (int)length
            : limit;
}
