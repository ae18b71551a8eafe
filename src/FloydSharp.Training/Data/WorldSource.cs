using FloydSharp.Training.World;

namespace FloydSharp.Training.Data;

/// <summary>The drawn world: every index is another scene, at any size.</summary>
/// <param name="seed">Another seed, another order of scenes.</param>
/// <param name="options">What is forced.</param>
// Index and seed are hashed to the 32 bits that start a scene; held-out prompts (bench/FloydSharp.Eval) throw away 16 draws first so that a repeat is very unlikely.
internal sealed class WorldSource(long seed, SceneOptions options) : ICaptionedSource
{
    /// <inheritdoc/>
    public CaptionedPicture Read(long index, int side)
    {
        var random = new Random(SeedOf(index));
        var scene = SceneSampler.Sample(random, options);
        var caption = SceneCaption.Describe(scene, random);
        return new(SceneRenderer.Render(scene, side).Pixels, side, caption);
    }

    /// <summary>The caption alone, which costs no drawing.</summary>
    /// <param name="index">From 0 on.</param>
    public string Caption(long index)
    {
        var random = new Random(SeedOf(index));
        return SceneCaption.Describe(SceneSampler.Sample(random, options), random);
    }

    // Neighbouring seeds of Random give related numbers, so the bits are mixed first (SplitMix64's finaliser).
    private int SeedOf(long index)
    {
        var x = unchecked((ulong)index + ((ulong)seed * 0x9E3779B97F4A7C15));
        x = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9);
        x = unchecked((x ^ (x >> 27)) * 0x94D049BB133111EB);
        return unchecked((int)(x ^ (x >> 31)));
    }
}
