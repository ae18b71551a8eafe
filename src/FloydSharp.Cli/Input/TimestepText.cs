using FloydSharp.IO;
using FloydSharp.Schedulers;

namespace FloydSharp.Cli.Input;

/// <summary>The value of <c>--timesteps</c> for one stage.</summary>
internal static class TimestepText
{
    /// <summary>Reads timesteps; see <see cref="TimestepList"/> for the forms.</summary>
    /// <returns>Falling timesteps.</returns>
    /// <exception cref="FloydException">The text is none of these.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        try
        {
            return TimestepList.Parse(text);
        }
        catch (FloydException e)
        {
            throw new FloydException($"--timesteps {text}: {e.Message}", e);
        }
    }
}
