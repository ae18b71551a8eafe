using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>Options that are on or off, where neither is the default.</summary>
internal static class OnOffText
{
    /// <summary>Reads it.</summary>
    /// <param name="option">The option's name, for errors.</param>
    /// <param name="text">The text; null where the option is not given.</param>
    /// <returns>Null where the option is not given.</returns>
    /// <exception cref="FloydException">It is neither.</exception>
    public static bool? Parse(string option, string? text) => text switch
    {
        null => null,
        "on" => true,
        "off" => false,
        _ => throw new FloydException($"{option} {text}: expected on or off."),
    };
}
