namespace FloydSharp.Cli.Output;

/// <summary>What <c>floyd pull --json</c> prints.</summary>
/// <param name="DryRun">Whether nothing was downloaded.</param>
/// <param name="Repositories">The repositories.</param>
/// <param name="MissingBytes">What was to be downloaded when the run began.</param>
/// <param name="Notes">What a person should know.</param>
/// <param name="TotalSeconds">The time of the whole run.</param>
internal sealed record PullReport(bool DryRun, IReadOnlyList<PulledRepository> Repositories, long MissingBytes, IReadOnlyList<string> Notes, double TotalSeconds);
