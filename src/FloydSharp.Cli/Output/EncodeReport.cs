namespace FloydSharp.Cli.Output;

/// <summary>What <c>floyd encode --json</c> prints.</summary>
/// <param name="Path">The file that was written.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="NegativePrompts">The negative prompts.</param>
/// <param name="Warnings">What a person should know.</param>
/// <param name="TotalSeconds">The time of the whole run.</param>
internal sealed record EncodeReport(
    string Path, IReadOnlyList<string> Prompts, IReadOnlyList<string> NegativePrompts, IReadOnlyList<string> Warnings, double TotalSeconds);
