using System.Text;
using System.Text.Json;
using FloydSharp.Cli.Output;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>Reads files of prompts: a prompt a line, or a JSON object a line.</summary>
internal static class PromptLines
{
    private const long MaxBytes = 64 << 20;
    private const int MaxPromptLength = 20_000;
    private const string Keys = "prompt, negative, style, seed, count, size, aspect, steps, guidance, scheduler, timesteps and noise_level";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <returns>Each line that is not empty: what it says, or what is wrong with it.</returns>
    /// <exception cref="FloydException">The file cannot be read or has no lines.</exception>
    public static IReadOnlyList<(int Number, PromptLine? Line, string? Problem)> Read(string path)
    {
        string[] lines;
        try
        {
            if (!File.Exists(path))
                throw new FloydException($"--prompts {path}: there is no such file; name a text file with one prompt a line.");
            if (new FileInfo(path).Length > MaxBytes)
                throw new FloydException($"--prompts {path}: more than {MaxBytes >> 20} MB; is it the right file?");
            lines = File.ReadAllLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException e)
        {
            throw new FloydException($"--prompts {path}: it is not UTF-8 text; save it as UTF-8.", e);
        }

        var result = lines.Select((text, i) => (Number: i + 1, Text: text.Trim())).Where(l => l.Text.Length > 0 && l.Text[0] != '#').Select(l => Parse(l.Number, l.Text)).ToList();
        return result.Count > 0 ? result : throw new FloydException($"--prompts {path}: there is no prompt in it; write one a line.");
    }

    private static (int Number, PromptLine? Line, string? Problem) Parse(int number, string text)
    {
        try
        {
            var line = text[0] == '{' ? FromJson(number, text) : new PromptLine(number, text);
            if (line.Prompt.Length > MaxPromptLength)
                throw new FloydException($"the prompt has {line.Prompt.Length} characters; at most {MaxPromptLength} are read.");
            return (number, line, null);
        }
        catch (FloydException e)
        {
            return (number, null, e.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (number, null, $"it is not valid JSON ({Printable.Of(e.Message.TrimEnd('.'))}).");
        }
    }

    private static PromptLine FromJson(int number, string text)
    {
        using var json = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false, MaxDepth = 4 });
        var line = new PromptLine(number, "");
        foreach (var value in json.RootElement.EnumerateObject())
        {
            line = value.Name switch
            {
                "prompt" => line with { Prompt = Text(value) },
                "negative" => line with { Negative = Text(value) },
                "style" => line with { Style = Text(value) },
                "seed" => line with { Seed = Scalar(value) },
                "count" => line with { Count = Scalar(value) },
                "size" => line with { Size = Scalar(value) },
                "aspect" => line with { Aspect = Scalar(value) },
                "steps" => line with { Steps = Scalar(value) },
                "guidance" => line with { Guidance = Scalar(value) },
                "scheduler" => line with { Scheduler = Scalar(value) },
                "timesteps" => line with { Timesteps = Scalar(value) },
                "noise_level" => line with { NoiseLevel = Scalar(value) },
                _ => throw new FloydException($"{Printable.Of(value.Name, 40)} is not known; there are {Keys}."),
            };
        }

        return line.Prompt.Length > 0 ? line : throw new FloydException("the prompt is missing.");
    }

    private static string Text(JsonProperty value) => value.Value.ValueKind == JsonValueKind.String
        ? value.Value.GetString()!
        : throw new FloydException($"{value.Name} is {Printable.Of(value.Value.GetRawText(), 40)}; expected a text.");

    // Numbers and texts as on the command line; a list is one value per stage.
    private static string Scalar(JsonProperty value) => value.Value.ValueKind switch
    {
        JsonValueKind.Array => string.Join(',', value.Value.EnumerateArray().Select(v => One(value.Name, v))),
        _ => One(value.Name, value.Value),
    };

    private static string One(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String when value.GetString() is { Length: > 0 } text => text,
        _ => throw new FloydException($"{name} is {Printable.Of(value.GetRawText(), 40)}; expected a number or a text as on the command line."),
    };
}
