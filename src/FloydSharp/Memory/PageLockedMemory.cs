namespace FloydSharp.Memory;

/// <summary>
/// Page-locked memory that this process took for weights on their way to a GPU. CUDA's driver has it counted as shared memory
/// (RssShmem), which other things are in too, and not as anonymous memory; so it is counted where it is taken.
/// </summary>
internal static class PageLockedMemory
{
    private static long _held;

    /// <summary>What is held now, in bytes.</summary>
    public static long Held => Interlocked.Read(ref _held);

    /// <summary>Bytes were taken, or given back where there are less than none.</summary>
    public static void Add(long bytes) => Interlocked.Add(ref _held, bytes);
}
