using FloydSharp.Cascade.Runs;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>The text of <c>--keep-state</c>.</summary>
internal static class KeepStateText
{
    /// <summary>Reads it.</summary>
    /// <returns>Null for never.</returns>
    /// <exception cref="FloydException">It is no such text.</exception>
    public static RunSaving? Parse(string? text) => text switch
    {
        null or "auto" => new(),
        "always" => RunSaving.Always,
        "off" => null,
        _ => throw new FloydException($"--keep-state {text}: expected auto, always or off."),
    };
}
