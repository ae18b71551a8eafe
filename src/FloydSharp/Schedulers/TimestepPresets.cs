using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>
/// The named timestep lists of DeepFloyd IF, for models with 1000 training timesteps. Each is a respacing string of the
/// original code base (see <see cref="TimestepRespacing"/>); the number in a name is its number of steps.
/// </summary>
public static class TimestepPresets
{
    private const int TrainTimesteps = 1000;

    private static readonly (string Name, string Respacing)[] _presets =
    [
        ("fast27", "10,10,3,2,2"),
        ("smart27", "7,4,2,1,2,4,7"),
        ("smart50", "10,6,4,3,2,2,3,4,6,10"),
        ("smart100", "1,1,1,1,2,2,2,2,2,2,3,3,4,4,5,5,6,7,7,8,9,10,13"),
        ("smart185", "1,1,2,2,2,3,3,3,4,5,6,7,8,9,10,11,12,13,14,15,16,18,20"),
        ("super27", "1,1,1,1,1,1,1,2,5,13"),
        ("super40", "2,2,2,2,2,2,3,4,6,15"),
        ("super100", "4,4,6,6,8,8,10,10,14,30"),
    ];

    /// <summary>All names, in the order of help texts.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _presets.Select(p => p.Name)];

    /// <summary>The timesteps behind a name.</summary>
    /// <param name="name">One of <see cref="Names"/>; case does not matter.</param>
    /// <returns>Descending timesteps from 999 to 0.</returns>
    /// <exception cref="FloydException">There is no such list.</exception>
    public static IReadOnlyList<int> Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var (known, respacing) in _presets)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase))
                return TimestepRespacing.Parse(respacing, TrainTimesteps);
        }

        throw new FloydException($"There is no timestep list '{name}'; there are {string.Join(", ", Names)}.");
    }
}
