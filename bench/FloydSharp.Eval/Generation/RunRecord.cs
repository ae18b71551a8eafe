using System.Text.Json;
using FloydSharp.IO;

namespace FloydSharp.Eval.Generation;

/// <summary>What was generated how; run.json beside the pictures.</summary>
/// <param name="Device">cpu or cuda.</param>
/// <param name="Batch">Pictures that were made together.</param>
/// <param name="Stages">What each stage ran with.</param>
/// <param name="Samples">The pictures.</param>
internal sealed record RunRecord(string Device, int Batch, IReadOnlyList<StageRecord> Stages, IReadOnlyList<SampleRecord> Samples)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "run.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Writes it into a folder.</summary>
    public void Write(string folder) => WholeFile.Write(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json), overwrite: true);

    /// <summary>Reads it from a folder.</summary>
    /// <exception cref="FloydException">There is none, or it is damaged.</exception>
    public static RunRecord Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new FloydException($"The folder '{folder}' has no {FileName}; expected a folder that floyd-eval run has made.");
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(path), Json) is { Samples: not null, Stages: not null } record
                ? record
                : throw new FloydException($"{path} holds no run.");
        }
        catch (JsonException e)
        {
            throw new FloydException($"{path} is damaged: {e.Message}", e);
        }
    }
}
