using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FloydSharp.Weights;

/// <summary>
/// Asks the system to read files into its cache while something else goes on: nothing is copied, and pages that are there already
/// cost next to nothing. Only on Linux; elsewhere nothing is done. Disposing it stops it, and gives nothing up that was read.
/// </summary>
internal sealed partial class ReadAhead : IDisposable
{
    /// <summary>Files that are smaller together are read in no time when they are needed.</summary>
    public const long FewestBytes = 256 << 20;

    // POSIX_FADV_WILLNEED of fcntl.h.
    private const int WillNeed = 3;

    // The kernel reads no more for one call than a device's read-ahead, which is 128 KiB where nobody changed it.
    private const long Piece = 128 << 10;

    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private long _asked;

    private ReadAhead(IReadOnlyList<string> files)
    {
        _thread = new(() => Run(files)) { IsBackground = true, Name = "read ahead" };
        _thread.Start();
    }

    /// <summary>Bytes that were asked for so far.</summary>
    public long Asked => Interlocked.Read(ref _asked);

    /// <summary>Begins.</summary>
    /// <param name="files">The files, in the order that they will be needed.</param>
    /// <param name="available">Bytes of RAM that can be taken, file cache included; at most half of it is filled.</param>
    /// <param name="fewest">Files of fewer bytes together are left alone.</param>
    /// <returns>Null where the files are small or too large. Owned by the caller.</returns>
    public static ReadAhead? TryBegin(IReadOnlyList<string> files, long available, long fewest = FewestBytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            return null;
        var bytes = files.Sum(f => new FileInfo(f) is { Exists: true } file ? file.Length : 0);
        return bytes < fewest || bytes > available / 2 ? null : new(files);
    }

    /// <summary>Waits until all was asked for; the system may still be reading.</summary>
    public void Wait() => _thread.Join();

    /// <summary>Stops.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run(IReadOnlyList<string> files)
    {
        foreach (var path in files)
        {
            try
            {
                using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
                for (long first = 0, length = RandomAccess.GetLength(file); first < length && !_stop.IsCancellationRequested; first += Piece)
                {
                    if (posix_fadvise(file, first, Piece, WillNeed) != 0)
                        return;
                    Interlocked.Add(ref _asked, Math.Min(Piece, length - first));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever needs the file says what is wrong with it.
                return;
            }
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
}
