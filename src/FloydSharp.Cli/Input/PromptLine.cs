namespace FloydSharp.Cli.Input;

/// <summary>A line of a file of prompts. Settings are texts as on the command line; null takes the command line's.</summary>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Prompt">What to make.</param>
internal sealed record PromptLine(int Number, string Prompt)
{
    public string? Negative { get; init; }

    public string? Style { get; init; }

    public string? Seed { get; init; }

    public string? Count { get; init; }

    public string? Size { get; init; }

    public string? Aspect { get; init; }

    public string? Steps { get; init; }

    public string? Guidance { get; init; }

    public string? Scheduler { get; init; }

    public string? Timesteps { get; init; }

    public string? NoiseLevel { get; init; }
}
