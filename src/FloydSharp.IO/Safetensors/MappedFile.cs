using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace FloydSharp.IO.Safetensors;

/// <summary>
/// A safetensors file mapped into memory for reading, alive as long as anyone holds a reference.
/// It starts with one reference; every user of a pointer takes one with <see cref="AddReference"/> and gives it back with
/// <see cref="Release"/>, on any thread. The memory is unmapped when the last is given back.
/// </summary>
/// <remarks>
/// <para>Safe: reading through <see cref="Pointer"/> from any thread while holding a reference; closing the
/// <see cref="SafetensorsFile"/> it came from; deleting the file, or replacing it by renaming another over it.</para>
/// <para>Not safe: writing to the memory (the process is stopped), and another process that shortens or overwrites the file in
/// place. Touching a page that is gone ends the process with SIGBUS, which no handler in .NET turns into an exception, and
/// overwritten content shows through. Length and time of last writing are compared after mapping, which notices changes up
/// to then only. So map files that nobody writes, such as those of the Hub's cache, and read all others.</para>
/// <para>A mapping costs address space, not memory: pages come in when touched and can be dropped by the system at any time.</para>
/// </remarks>
public sealed unsafe partial class MappedFile
{
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private int _references = 1;

    internal MappedFile(string path, SafetensorsHeader header, FileStream stream)
    {
        Path = path;
        _header = header;
        _map = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _map.CreateViewAccessor(0, header.FileLength, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _map.Dispose();
            throw;
        }

        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        _base += _view.PointerOffset;
    }

    /// <summary>The path of the mapped file.</summary>
    public string Path { get; }

    /// <summary>Whether the memory is still mapped.</summary>
    public bool IsMapped => Volatile.Read(ref _references) > 0;

    /// <summary>Takes a reference.</summary>
    /// <exception cref="ObjectDisposedException">The last reference was already given back.</exception>
    public void AddReference()
    {
        for (var seen = Volatile.Read(ref _references); ;)
        {
            ObjectDisposedException.ThrowIf(seen <= 0, this);
            var found = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <summary>Gives a reference back; with the last one the memory is unmapped and every pointer into it is void.</summary>
    /// <exception cref="InvalidOperationException">More references were given back than taken.</exception>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left < 0)
        {
            Interlocked.Increment(ref _references);
            throw new InvalidOperationException($"A reference to the mapping of {Path} was given back twice.");
        }

        if (left > 0)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    /// <summary>The first byte of a tensor, valid for <see cref="SafetensorsEntry.Length"/> bytes while a reference is held.</summary>
    /// <param name="entry">A tensor of the mapped file's header.</param>
    /// <returns>Read-only memory; not aligned to the element size in files of some writers.</returns>
    /// <exception cref="ObjectDisposedException">The memory is unmapped.</exception>
    /// <exception cref="SafetensorsException">A BOOL tensor holds other bytes than 0 and 1.</exception>
    public byte* Pointer(SafetensorsEntry entry)
    {
        CheckUse(entry);
        var pointer = _base + entry.Offset;
        if (entry.DType == SafetensorsDType.BOOL)
        {
            for (long done = 0; done < entry.Length; done += 1 << 30)
                SafetensorsFile.CheckBooleans(Path, entry, new ReadOnlySpan<byte>(pointer + done, (int)Math.Min(1 << 30, entry.Length - done)));
        }

        return pointer;
    }

    /// <summary>Tells the system what is about to happen with a tensor. Linux only, elsewhere without effect; never fails.</summary>
    /// <param name="entry">A tensor of the mapped file's header.</param>
    /// <param name="advice">What is about to happen.</param>
    /// <exception cref="ObjectDisposedException">The memory is unmapped.</exception>
    public void Advise(SafetensorsEntry entry, MapAdvice advice)
    {
        CheckUse(entry);
        if (!OperatingSystem.IsLinux())
            return;
        var page = (nuint)Environment.SystemPageSize;
        var begin = (nuint)(_base + entry.Offset);
        var end = begin + (nuint)entry.Length;

        // Reading ahead takes in the pages at both ends; dropping spares them, since the neighbours live there too.
        var first = advice == MapAdvice.WillNeed ? begin / page * page : (begin + page - 1) / page * page;
        var last = advice == MapAdvice.WillNeed ? end : end / page * page;
        if (last > first)
            _ = madvise((void*)first, last - first, advice == MapAdvice.WillNeed ? MadvWillNeed : MadvDontNeed);
    }

    private const int MadvWillNeed = 3;
    private const int MadvDontNeed = 4;

    private void CheckUse(SafetensorsEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ObjectDisposedException.ThrowIf(!IsMapped, this);
        if (!_header.TryGet(entry.Name, out var own) || !ReferenceEquals(own, entry))
            throw new ArgumentException($"Tensor {entry} does not belong to {Path}.", nameof(entry));
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
