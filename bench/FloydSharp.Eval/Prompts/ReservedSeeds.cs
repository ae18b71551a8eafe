using FloydSharp.Training.World;

namespace FloydSharp.Eval.Prompts;

/// <summary>
/// Seeds of scenes for measuring. Training draws scene <c>index</c> of seed <c>s</c> from <c>new Random(hash(s, index))</c> of 32 bits; here each
/// scene's random numbers start with 16 draws that are thrown away, which no scene of training does, and 31-bit seeds from 1_900_000_000 on.
/// The texts of the held-out prompts are checked apart: see the list of prompts.
/// </summary>
internal static class ReservedSeeds
{
    /// <summary>First seed of the held-out prompts.</summary>
    public const int Prompts = 1_900_000_000;

    /// <summary>First seed of the scenes that check the analyser.</summary>
    public const int Check = 1_910_000_000;

    /// <summary>First seed of the scenes that the analyser learns from.</summary>
    public const int Analyser = 1_920_000_000;

    /// <summary>The random numbers of a reserved seed.</summary>
    public static Random Of(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 16; i++)
            random.Next();
        return random;
    }

    /// <summary>A scene of chance.</summary>
    public static Scene Scene(int seed, SceneOptions? options = null) => SceneSampler.Sample(Of(seed), options ?? SceneOptions.Default);
}
