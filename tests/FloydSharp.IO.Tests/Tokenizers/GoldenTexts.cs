using System.Text.Json;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

/// <summary>Lists of texts with the reference's results beside them, one JSON file a golden folder.</summary>
internal static class GoldenTexts
{
    /// <summary>Golden folder and position of every entry of a file, as test data.</summary>
    public static TheoryData<string, int> Entries(string file)
    {
        var data = new TheoryData<string, int>();
        foreach (var folder in GoldenFolder.All)
        {
            for (var i = 0; i < Read(folder, file).GetArrayLength(); i++)
                data.Add(folder.Path, i);
        }
        return data;
    }

    public static JsonElement Entry(string folder, string file, int index) =>
        Read(GoldenFolder.All.First(f => f.Path == folder), file)[index];

    /// <summary>The folder of the real tokenizer's files, which are not part of the repository; skips the test without them.</summary>
    public static string TokenizerFolder(string name)
    {
        var folder = GoldenFolder.All.Select(f => f.Tokenizers).FirstOrDefault(t => t is not null);
        Assert.SkipWhen(folder is null, "The tokenizer files of T5 and CLIP (tokenizers/ beside the golden folder) are not here.");
        return Path.Combine(folder, name);
    }

    public static int[] Numbers(JsonElement entry, string key) => [.. entry.GetProperty(key).EnumerateArray().Select(e => e.GetInt32())];

    private static JsonElement Read(GoldenFolder folder, string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(folder.FileOf(file)));
        return json.RootElement.Clone();
    }
}
