// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, _relative_position_bucket.
namespace FloydSharp.Models.T5;

/// <summary>
/// Which row of the bias table a distance between two tokens uses (Raffel et al. 2020, arXiv:1910.10683, section 2.1): one
/// row per distance near by, then logarithmically wider ones, each direction with its own half of the table.
/// </summary>
public static class RelativePositionBuckets
{
    /// <summary>The bucket of one distance.</summary>
    /// <param name="relativePosition">Position of the key minus position of the query, in tokens.</param>
    /// <param name="numBuckets">Rows of the table.</param>
    /// <param name="maxDistance">Distance from which on all share the last row of their half.</param>
    /// <returns>0 to <paramref name="numBuckets"/> - 1.</returns>
    public static long Of(long relativePosition, long numBuckets, long maxDistance)
    {
        var half = numBuckets / 2;
        var first = relativePosition > 0 ? half : 0;
        var distance = Math.Abs(relativePosition);
        var exact = half / 2;
        if (distance < exact)
            return first + distance;

        // In float32 and in this order, as the trained table was addressed.
        var log = MathF.Log((float)distance / exact) / (float)Math.Log((double)maxDistance / exact) * (half - exact);
        return first + Math.Min(exact + (long)log, half - 1);
    }

    /// <summary>The buckets of all pairs of a sequence.</summary>
    /// <param name="length">Tokens T.</param>
    /// <param name="numBuckets">Rows of the table.</param>
    /// <param name="maxDistance">Distance from which on all share the last row of their half.</param>
    /// <returns>T * T numbers, the query's position first.</returns>
    public static long[] OfSequence(long length, long numBuckets, long maxDistance)
    {
        var buckets = new long[length * length];
        for (var query = 0L; query < length; query++)
        {
            for (var key = 0L; key < length; key++)
                buckets[(query * length) + key] = Of(key - query, numBuckets, maxDistance);
        }

        return buckets;
    }
}
