using FloydSharp.Cascade;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli;

/// <summary>What a command has of the world around it. Commands never touch the process's console themselves.</summary>
internal sealed record CliHost
{
    /// <summary>Results: paths, reports, JSON.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Everything else: progress, warnings, the one line of an error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person sees <see cref="Out"/> as it is written.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> can draw bars.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 80;

    /// <summary>Whether an unexpected error shows where it happened.</summary>
    public bool Debug { get; init; }

    /// <summary>Time for rates and durations.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where models are looked for when the command line names none.</summary>
    public ModelsSearch Models { get; init; } = ModelsSearch.OfProcess;

    /// <summary>Gives the folder of encoded texts; null as its result for none.</summary>
    public Func<string?> EmbeddingCache { get; init; } = () => Cascade.EmbeddingCache.DefaultFolder;

    /// <summary>Where the Hub and its cache are; asked when they are needed.</summary>
    public Func<HubSettings> Hub { get; init; } = () => HubSettings.FromEnvironment();

    /// <summary>Reads an answer to a question; null where there is none.</summary>
    public Func<string?> ReadLine { get; init; } = () => null;

    /// <summary>Whether a person can answer.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Set by Ctrl+C.</summary>
    public CancellationToken Cancellation { get; init; }
}
