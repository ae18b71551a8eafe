namespace FloydSharp.Cascade;

/// <summary>Seeds for the parts of a picture that is made piece by piece.</summary>
internal static class CellSeed
{
    /// <summary>A seed that looks unrelated to those of other cells, stages and pictures.</summary>
    public static long Of(long seed, int stage, int column, int row) =>
        unchecked((long)Mix(Mix(Mix(Mix((ulong)seed) ^ (ulong)stage) ^ (ulong)column) ^ (ulong)row));

    // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
