using System.Text.Json;
using System.Text.Json.Nodes;

namespace FloydSharp.Profile.Rows;

/// <summary>A row as it ran.</summary>
/// <param name="Row">The row.</param>
/// <param name="ExitCode">The program's exit code; null where it took too long.</param>
/// <param name="Seconds">The whole process.</param>
/// <param name="Phases">Its phases, in order.</param>
/// <param name="Peak">The largest of everything over the whole run.</param>
/// <param name="Plan">What <c>floyd plan --json</c> said under the same limits; null where it failed.</param>
/// <param name="Pictures">The pictures.</param>
/// <param name="Notes">The control group, warnings, the last lines of an error.</param>
internal sealed record RowResult(
    Row Row, int? ExitCode, double Seconds, IReadOnlyList<RowPhase> Phases, Sample Peak, JsonNode? Plan, IReadOnlyList<RowPicture> Pictures, IReadOnlyList<string> Notes)
{
    /// <summary>Everything as JSON.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this)!;

    /// <summary>The largest predicted memory of the process, in bytes.</summary>
    public long? PlannedRam => (long?)Plan?["ram_peak"];

    /// <summary>The largest predicted memory of the card, the driver's part included, in bytes.</summary>
    public long? PlannedVram => (long?)Plan?["vram_peak"];
}

/// <summary>A phase of a row; memory in bytes.</summary>
/// <param name="Name">Such as <c>stage 1 denoise unet</c>.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="PredictedRam">The plan's.</param>
/// <param name="Ram">Anonymous memory, as the process itself saw it.</param>
/// <param name="PredictedPool">What the plan expects of tensors.</param>
/// <param name="Pool">What tensors took, from the pool's high mark.</param>
/// <param name="PredictedVram">With the driver's part.</param>
/// <param name="Seen">What was seen from outside.</param>
internal sealed record RowPhase(string Name, double Seconds, long? PredictedRam, long? Ram, long? PredictedPool, long? Pool, long? PredictedVram, Sample Seen);

/// <summary>A picture of a row.</summary>
/// <param name="Stage">1 to 3.</param>
/// <param name="Size">Such as 1024x1024.</param>
/// <param name="Hash">SHA-256 of its pixels.</param>
/// <param name="Deviation">Standard deviation of its values, 0 to 255: 0 for a picture of one colour.</param>
internal sealed record RowPicture(int Stage, string Size, string Hash, double Deviation);
