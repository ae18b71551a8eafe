using System.Text.Json;

namespace FloydSharp.Testing;

/// <summary>One entry of cases.json.</summary>
/// <param name="Folder">The folder it was read from.</param>
/// <param name="Json">The entry as it stands in the file.</param>
public sealed record GoldenCase(GoldenFolder Folder, JsonElement Json)
{
    public string Name => Json.GetProperty("name").GetString()!;

    public string Kind => Json.GetProperty("kind").GetString()!;

    /// <summary>The case's tensors, NAME.safetensors.</summary>
    public string TensorFile => Folder.FileOf(Name + ".safetensors");

    /// <summary>All cases of one kind in all folders: test data for a theory.</summary>
    public static IEnumerable<GoldenCase> OfKind(string kind) =>
        GoldenFolder.All.SelectMany(f => f.Cases).Where(c => c.Kind == kind);

    public override string ToString() => $"{Folder}/{Name}";
}
