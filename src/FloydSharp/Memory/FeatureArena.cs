using System.Runtime.InteropServices;

namespace FloydSharp.Memory;

/// <summary>
/// Memory for the large results of a CPU's own kernels, on Linux. Each goes to the lowest place where it fits, and what is freed
/// becomes one with what is free beside it, so that all steps of a model find the same places and no fresh pages from the second
/// on. The C library's allocator needs a little more for an aligned block than an equal one left, hence goes on to fresh
/// pages for several steps.
/// </summary>
internal static unsafe partial class FeatureArena
{
    /// <summary>Smaller results are the C library's.</summary>
    public const long FewestBytes = 1 << 20;

    // Whether there is room for larger ones is for the C library to say, which can refuse.
    private const long MostBytes = 1 << 30;

    private const long PageBytes = 4096;

    // Room of addresses alone, which costs nothing: more than the features of any step.
    private const long Reserved = 1L << 36;

    // Blocks that are a power of two in size should not fall on the same lines of a cache.
    private const long Gap = 13 * 64;

    // mmap(2) and madvise(2).
    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x4022;
    private const int DontNeed = 4;

    private static readonly Lock _lock = new();
    private static readonly Lazy<nint> _start = new(Reserve);

    // Start and length of what is free, by start; all that is free was made one where it touches.
    private static readonly List<(long Start, long Bytes)> _free = [(0, Reserved)];
    private static readonly Dictionary<long, long> _taken = [];

    /// <summary>Whether freed memory is kept (<see cref="HostAllocator"/>).</summary>
    public static bool Active { get; set; }

    /// <summary>Takes a place.</summary>
    /// <param name="bytes">How many.</param>
    /// <returns>Its address, a multiple of 64, its content undefined; to be given to <see cref="Free"/>. 0 where it is small, or freed memory is not kept.</returns>
    public static nint TryTake(long bytes) =>
        Active && bytes is >= FewestBytes and <= MostBytes && _start.Value != 0 && Take(bytes) is { } place ? _start.Value + (nint)place : 0;

    /// <summary>Frees a place.</summary>
    /// <param name="data">What <see cref="TryTake"/> returned.</param>
    public static void Free(nint data)
    {
        Give(data - _start.Value);
        if (!Active)
            Trim();
    }

    /// <summary>Gives what is free back to the system.</summary>
    public static void Trim()
    {
        if (!_start.IsValueCreated || _start.Value == 0)
            return;
        lock (_lock)
        {
            foreach (var (start, bytes) in _free)
            {
                var first = (start + PageBytes - 1) / PageBytes * PageBytes;
                var end = (start + bytes) / PageBytes * PageBytes;
                if (first < end)
                    _ = Advise((void*)(_start.Value + (nint)first), (nuint)(end - first), DontNeed);
            }
        }
    }

    private static nint Reserve()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            return 0;
        var address = Map(null, unchecked((nuint)Reserved), ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        return address == -1 ? 0 : address;
    }

    private static long? Take(long bytes)
    {
        bytes = ((bytes + 63) / 64 * 64) + Gap;
        lock (_lock)
        {
            var i = _free.FindIndex(f => f.Bytes >= bytes);
            if (i < 0)
                return null;
            var (start, length) = _free[i];
            if (length == bytes)
                _free.RemoveAt(i);
            else
                _free[i] = (start + bytes, length - bytes);
            _taken.Add(start, bytes);
            return start;
        }
    }

    private static void Give(long start)
    {
        lock (_lock)
        {
            _taken.Remove(start, out var bytes);
            var next = _free.FindIndex(f => f.Start > start);
            next = next < 0 ? _free.Count : next;
            if (next < _free.Count && _free[next].Start == start + bytes)
            {
                bytes += _free[next].Bytes;
                _free.RemoveAt(next);
            }

            if (next > 0 && _free[next - 1].Start + _free[next - 1].Bytes == start)
                _free[next - 1] = (_free[next - 1].Start, _free[next - 1].Bytes + bytes);
            else
                _free.Insert(next, (start, bytes));
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
