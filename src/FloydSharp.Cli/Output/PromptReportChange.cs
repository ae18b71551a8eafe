namespace FloydSharp.Cli.Output;

/// <summary>A change of caption cleaning.</summary>
/// <param name="Before">The text in lower case.</param>
/// <param name="After">What is left of it; empty where it is deleted.</param>
/// <param name="Kind">words, digits, brackets, symbols or ideographs.</param>
internal sealed record PromptReportChange(string Before, string After, string Kind);
