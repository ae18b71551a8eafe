using System.Runtime.InteropServices;

namespace FloydSharp.IO;

/// <summary>
/// A file being written under a temporary name in its folder, which gets its own name only when it is complete and on disk.
/// Readers see the whole file or none. Disposing it before that leaves nothing behind.
/// </summary>
internal sealed partial class AtomicFile : IDisposable
{
    // The number of EEXIST on Linux, macOS and the BSDs.
    private const int ExistsError = 17;

    private static readonly Lock Naming = new();

    private readonly string _temporary;
    private readonly bool _overwrite;
    private readonly Func<string, Exception?, FloydException> _error;
    private readonly FileStream _stream;
    private bool _renamed;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its name; the folder must exist.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <param name="error">Makes the error of a problem and its cause; null for <see cref="FloydException"/>.</param>
    /// <exception cref="FloydException">The name is taken, or no file can be written there.</exception>
    public AtomicFile(string path, bool overwrite, Func<string, Exception?, FloydException>? error = null)
    {
        Path = path;
        _overwrite = overwrite;
        _error = error ?? ErrorAbout(path);
        CheckFree(path, overwrite, _error);
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw _error($"cannot be written, as the folder {folder} does not exist; create it, or choose a name whose folder exists.", null);
        _temporary = System.IO.Path.Combine(folder, $".{System.IO.Path.GetRandomFileName()}.tmp");
        try
        {
            _stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(e);
        }
    }

    /// <summary>The file's own name.</summary>
    public string Path { get; }

    /// <summary>Writes a whole file.</summary>
    /// <inheritdoc cref="AtomicFile(string, bool, Func{string, Exception, FloydException})"/>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool overwrite)
    {
        using var file = new AtomicFile(path, overwrite);
        try
        {
            file._stream.Write(bytes);
            file.Complete();
        }
        catch (IOException e)
        {
            throw file.NotWritten(e);
        }

        file.Rename();
    }

    /// <summary>Fails where a file cannot get a name because it is taken; <see cref="Rename"/> decides, this only fails early.</summary>
    public static void CheckFree(string path, bool overwrite, Func<string, Exception?, FloydException>? error = null)
    {
        error ??= ErrorAbout(path);
        if (Directory.Exists(path))
            throw error("is a folder; name a file to write.", null);
        if (!overwrite && System.IO.Path.Exists(path))
            throw Exists(error, null);
    }

    /// <summary>Writes the content, brings it to the disk and closes the file, still under its temporary name.</summary>
    /// <exception cref="FloydException">Writing failed; nothing is left behind.</exception>
    public void Fill(Action<Stream> write)
    {
        try
        {
            write(_stream);
            Complete();
        }
        catch (IOException e)
        {
            Dispose();
            throw NotWritten(e);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gives the completed file its name.</summary>
    /// <exception cref="FloydException">The name was taken meanwhile, or the folder does not allow it.</exception>
    public void Rename()
    {
        try
        {
            if (_overwrite || OperatingSystem.IsWindows())
                File.Move(_temporary, Path, _overwrite);
            else
                RenameToNew();
        }
        catch (IOException e) when (!_overwrite && System.IO.Path.Exists(Path))
        {
            throw Exists(_error, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(e);
        }

        _renamed = true;
    }

    /// <summary>Closes the file, and removes it unless it has its name.</summary>
    public void Dispose()
    {
        if (_renamed)
            return;
        try
        {
            try
            {
                _stream.Dispose();
            }
            finally
            {
                File.Delete(_temporary); // also where a full disk takes no more of the buffer
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here says more than this one.
        }
    }

    // On Unix a renaming replaces what is there. A second name for the file, made before the first goes, does not: of several
    // processes exactly one makes it. File systems without second names leave the check and the renaming, in two steps.
    private void RenameToNew()
    {
        if (Link(_temporary, System.IO.Path.GetFullPath(Path)) == 0)
        {
            File.Delete(_temporary);
            return;
        }

        if (Marshal.GetLastPInvokeError() == ExistsError)
            throw new IOException("The name is taken.");
        lock (Naming)
            File.Move(_temporary, Path, overwrite: false);
    }

    private void Complete()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
    }

    private FloydException NotWritten(Exception cause) =>
        _error($"cannot be written ({cause.Message.TrimEnd('.')}). Check that the folder is writable and the disk has room.", cause);

    private static FloydException Exists(Func<string, Exception?, FloydException> error, Exception? cause) =>
        error("exists already and is not overwritten unless asked; choose another name or allow overwriting.", cause);

    private static Func<string, Exception?, FloydException> ErrorAbout(string path) =>
        (problem, cause) => cause is null ? new FloydException($"{path}: {problem}") : new FloydException($"{path}: {problem}", cause);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string created);
}
