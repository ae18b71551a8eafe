using System.Text.Json.Serialization;

namespace FloydSharp.Cli.Output;

/// <summary>What <c>--json</c> prints of a run that makes pictures.</summary>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Device">The device, such as cpu or cuda:0.</param>
/// <param name="DType">The dtype of the weights.</param>
/// <param name="Files">The pictures, stage by stage.</param>
/// <param name="CandidatesFile">What --pick enlarges; null where the run was not asked for candidates.</param>
/// <param name="ContactSheet">The candidates side by side, with their numbers; null as before.</param>
/// <param name="Timings">The phases in the order they ran.</param>
/// <param name="Memory">How much memory the phases took; null without a budget.</param>
/// <param name="Warnings">What a person should know.</param>
/// <param name="TotalSeconds">The time of the whole run.</param>
internal sealed record GenerateReport(
    long Seed,
    string Device,
    [property: JsonPropertyName("dtype")] string DType,
    IReadOnlyList<PictureFile> Files,
    string? CandidatesFile,
    string? ContactSheet,
    IReadOnlyList<PhaseTiming> Timings,
    IReadOnlyList<PhaseMemoryReport>? Memory,
    IReadOnlyList<string> Warnings,
    double TotalSeconds);
