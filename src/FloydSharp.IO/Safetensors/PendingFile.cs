namespace FloydSharp.IO.Safetensors;

/// <summary>
/// A file being written under a temporary name in its folder, which gets its own name only when it is complete and on disk.
/// Disposing it before that leaves nothing behind.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _temporary;
    private readonly bool _overwrite;
    private bool _renamed;

    public PendingFile(string path, bool overwrite)
    {
        Path = path;
        _overwrite = overwrite;
        CheckFree(path, overwrite);
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        _temporary = System.IO.Path.Combine(folder, $".{System.IO.Path.GetRandomFileName()}.tmp");
        try
        {
            Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(path, $"cannot be written ({e.GetType().Name}); check that its folder exists and that you may write there.", e);
        }
    }

    public string Path { get; }

    public FileStream Stream { get; }

    public static void CheckFree(string path, bool overwrite)
    {
        if (!overwrite && System.IO.Path.Exists(path))
            throw Exists(path);
    }

    /// <summary>Brings everything to the disk and closes the file, still under its temporary name.</summary>
    public void Complete()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
    }

    /// <summary>Gives the completed file its name.</summary>
    public void Rename()
    {
        try
        {
            File.Move(_temporary, Path, _overwrite);
        }
        catch (IOException e) when (!_overwrite && System.IO.Path.Exists(Path))
        {
            throw new SafetensorsException(Path, Exists(Path).Message, e);
        }

        _renamed = true;
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (!_renamed)
            File.Delete(_temporary);
    }

    private static SafetensorsException Exists(string path) =>
        new(path, "exists already and is not overwritten unless asked; choose another name or allow overwriting.");
}
