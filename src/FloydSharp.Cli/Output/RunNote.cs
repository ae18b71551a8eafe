using System.Text.Json;
using System.Text.Json.Serialization;
using FloydSharp.IO;

namespace FloydSharp.Cli.Output;

/// <summary>What floyd wants to know again when it continues a run.</summary>
/// <param name="Name">What files are called after where there is no prompt.</param>
/// <param name="Manifest">Whether manifests are written beside pictures.</param>
/// <param name="Candidates">Whether the pictures are candidates, to be kept in a file at the end.</param>
internal sealed record RunNote(string Name, bool Manifest, bool Candidates = false)
{
    /// <summary>Reads the text of a note.</summary>
    /// <exception cref="FloydException">It is none.</exception>
    public static RunNote Parse(string? text)
    {
        try
        {
            return JsonSerializer.Deserialize(text ?? "", RunNoteJson.Default.RunNote) is { Name: not null } note ? note : throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new FloydException($"The run was begun by another program or another version of this one ({Printable.Of(e.Message)}), so it cannot be continued here.", e);
        }
    }

    /// <summary>The note as text.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, RunNoteJson.Default.RunNote);
}

[JsonSerializable(typeof(RunNote))]
internal sealed partial class RunNoteJson : JsonSerializerContext;
