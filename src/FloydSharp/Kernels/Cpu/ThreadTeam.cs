using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Runs work on libtorch's own threads where they are GNU OpenMP's: those of another pool would compete with libtorch's, which
/// stay awake for a while after each operation. Elsewhere the runtime's pool does the work.
/// </summary>
internal static unsafe class ThreadTeam
{
    private static readonly Lazy<OpenMp?> _openMp = new(OpenMp.Find);

    /// <summary>How many threads libtorch is told to use.</summary>
    public static int Threads => Math.Max(torch.get_num_threads(), 1);

    /// <summary>Whether libtorch's threads are used.</summary>
    public static bool SharesLibtorchThreads => _openMp.Value is not null;

    /// <summary>Does one of several tasks.</summary>
    /// <param name="index">Which.</param>
    /// <param name="scratch">Memory of the thread's own, its content undefined.</param>
    public delegate void ScratchTask(int index, float* scratch);

    /// <summary>Does numbered tasks, each once, in any order, by as many threads as libtorch uses; returns when all are done.</summary>
    /// <param name="count">The number of tasks.</param>
    /// <param name="task">Does one; called by several threads at once.</param>
    public static void Run(int count, Action<int> task) => Run(count, 0, (index, _) => task(index));

    /// <summary>The same with memory for each thread.</summary>
    /// <param name="count">The number of tasks.</param>
    /// <param name="scratch">Numbers per thread.</param>
    /// <param name="task">Does one; called by several threads at once.</param>
    public static void Run(int count, long scratch, ScratchTask task)
    {
        var threads = Math.Min(Threads, count);
        var job = new Job(count, scratch, task);
        if (threads <= 1)
        {
            job.Work();
            job.ThrowIfFailed();
            return;
        }

        if (_openMp.Value is { } openMp)
            openMp.Parallel(job, threads);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => job.Work());
        job.ThrowIfFailed();
    }

    private sealed class Job(int count, long scratch, ScratchTask task)
    {
        private int _next;
        private ExceptionDispatchInfo? _failure;

        // Nothing may leave a callback from native code, so failures wait for the thread that asked.
        public void Work()
        {
            try
            {
                using var memory = scratch > 0 ? new AlignedBuffer(scratch) : null;
                for (int i; (i = Interlocked.Increment(ref _next) - 1) < count;)
                    task(i, memory == null ? null : memory.Pointer);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                Volatile.Write(ref _next, count);
            }
        }

        public void ThrowIfFailed() => _failure?.Throw();
    }

    private sealed class OpenMp(delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> parallel)
    {
        // libgomp's entry for a parallel region (its source, parallel.c); what compilers call for "#pragma omp parallel".
        private const string Entry = "GOMP_parallel";

        private readonly delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> _parallel = parallel;

        /// <summary>The library that libtorch loaded; null where there is none, or more than one, or it is another.</summary>
        public static OpenMp? Find()
        {
            if (!OperatingSystem.IsLinux())
                return null;
            try
            {
                var paths = File.ReadLines("/proc/self/maps")
                    .Select(line => line.IndexOf('/') is var slash and >= 0 ? line[slash..] : "")
                    .Where(path => Path.GetFileName(path).StartsWith("libgomp", StringComparison.Ordinal))
                    .Distinct().ToList();
                return paths.Count == 1 && NativeLibrary.TryLoad(paths[0], out var library) && NativeLibrary.TryGetExport(library, Entry, out var entry)
                    ? new((delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)entry)
                    : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        public void Parallel(Job job, int threads)
        {
            var handle = GCHandle.Alloc(job);
            try
            {
                _parallel(&Body, (void*)GCHandle.ToIntPtr(handle), (uint)threads, 0);
            }
            finally
            {
                handle.Free();
            }
        }

        [UnmanagedCallersOnly]
        private static void Body(void* handle) => ((Job)GCHandle.FromIntPtr((nint)handle).Target!).Work();
    }
}
