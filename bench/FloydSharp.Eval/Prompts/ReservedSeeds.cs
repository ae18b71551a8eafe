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

    /// <summary>The seed of a scene that the analyser learns from: any number from <see cref="Analyser"/> on.</summary>
    /// <param name="index">From 0 on.</param>
    public static int OfAnalyser(long index)
    {
        // Neighbouring seeds of Random give related numbers, so the bits are mixed first (SplitMix64's finaliser).
        var x = unchecked((ulong)index + 0x9E3779B97F4A7C15);
        x = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9);
        x = unchecked((x ^ (x >> 27)) * 0x94D049BB133111EB);
        return Analyser + (int)((x ^ (x >> 31)) % (int.MaxValue - Analyser));
    }

    /// <summary>A scene of chance.</summary>
    public static Scene Scene(int seed, SceneOptions? options = null) => SceneSampler.Sample(Of(seed), options ?? SceneOptions.Default);
}
