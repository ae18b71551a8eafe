namespace FloydSharp.IO.Hub;

/// <summary>
/// The lock of one content in a cache, of the kind that other clients take too. It saves downloading twice; what is right where
/// locks do not lock, as on some network file systems, rests on names of our own and on renaming.
/// </summary>
internal static class HubLock
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for the lock. The file stays behind afterwards, as others expect.</summary>
    /// <param name="path">The lock's file; its folder exists.</param>
    /// <param name="waiting">Told once where there is something to wait for.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IDisposable> TakeAsync(string path, Action waiting, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            if (TryTake(path) is { } taken)
                return taken;
            if (tries == 0)
                waiting();
            await Task.Delay(_pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the lock; null where another process or task has it.</summary>
    /// <exception cref="HubException">There can be no lock at this place.</exception>
    public static FileStream? TryTake(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead;
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (IsTaken(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubFailure.NotWritten(path, e);
        }
    }

    // EWOULDBLOCK of Linux and of macOS, and Windows' sharing violation.
    private static bool IsTaken(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
