using System.Buffers.Binary;
using System.Text;
using FloydSharp.IO;

namespace FloydSharp.Native;

/// <summary>
/// The named sections of a 64-bit little-endian ELF file (System V ABI, chapter 4). Every offset comes from the file
/// and is checked against the file's length before it is followed.
/// </summary>
internal sealed class ElfFile
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const uint NoBits = 8;
    private const int LargestSection = 64 << 20;

    private readonly Stream _stream;
    private readonly string _name;
    private readonly Dictionary<string, ElfSection> _sections = [];

    private ElfFile(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
    }

    /// <summary>Reads the header and the section table.</summary>
    /// <param name="stream">A seekable stream over the whole file; it must outlive the result, which does not dispose it.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="FloydException">The file is not ELF, not 64-bit little-endian, or points outside itself.</exception>
    public static ElfFile Read(Stream stream, string name)
    {
        var elf = new ElfFile(stream, name);
        elf.ReadSections();
        return elf;
    }

    /// <summary>Where a section lies, which bounds are already known to be inside the file.</summary>
    public ElfSection Section(string sectionName) =>
        _sections.TryGetValue(sectionName, out var section) ? section : throw Malformed($"it has no section {sectionName}");

    /// <summary>True when the file has this section.</summary>
    public bool HasSection(string sectionName) => _sections.ContainsKey(sectionName);

    /// <summary>The bytes of a section.</summary>
    public byte[] ReadSection(string sectionName)
    {
        var section = Section(sectionName);
        return ReadBytes(section.Offset, section.Length);
    }

    /// <summary>The names of the libraries that the file asks the dynamic loader for (DT_NEEDED), in order.</summary>
    public IReadOnlyList<string> NeededLibraries()
    {
        const int EntrySize = 16;
        const ulong Needed = 1;
        var dynamic = ReadSection(".dynamic");
        var strings = ReadSection(".dynstr");
        var needed = new List<string>();
        for (var at = 0; at + EntrySize <= dynamic.Length; at += EntrySize)
        {
            var tag = BinaryPrimitives.ReadUInt64LittleEndian(dynamic.AsSpan(at));
            if (tag == 0)
                break;
            if (tag == Needed)
                needed.Add(StringAt(strings, BinaryPrimitives.ReadUInt64LittleEndian(dynamic.AsSpan(at + 8))));
        }
        return needed;
    }

    /// <summary>The NUL-terminated ASCII string at an offset of a string table.</summary>
    public string StringAt(ReadOnlySpan<byte> table, ulong offset)
    {
        if (offset >= (ulong)table.Length)
            throw Malformed($"a name lies at offset {offset} of a string table of {table.Length} bytes");
        var rest = table[(int)offset..];
        var end = rest.IndexOf((byte)0);
        return end < 0
            ? throw Malformed($"the name at offset {offset} of a string table has no end")
            : Encoding.ASCII.GetString(rest[..end]);
    }

    /// <summary>The error for a file that is not as expected.</summary>
    public FloydException Malformed(string why) => new($"{_name} is not a library that can be used: {why}.");

    private void ReadSections()
    {
        var header = ReadBytes(0, HeaderSize);
        if (!header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
            throw Malformed("it does not start as an ELF file");
        if (header[4] != 2 || header[5] != 1)
            throw Malformed("it is not 64-bit little-endian ELF");
        var tableOffset = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(0x28));
        var entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3A));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3C));
        var namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3E));
        if (entrySize != SectionHeaderSize || count == 0 || namesIndex >= count)
            throw Malformed($"its section table has {count} entries of {entrySize} bytes with names in entry {namesIndex}");

        var table = ReadBytes(tableOffset, (ulong)count * SectionHeaderSize);
        var namesSection = Entry(table, namesIndex);
        var names = ReadBytes(namesSection.Offset, namesSection.Length);
        for (var i = 1; i < count; i++)
        {
            var nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(i * SectionHeaderSize));
            _sections.TryAdd(StringAt(names, nameOffset), Entry(table, i));
        }
    }

    private static ElfSection Entry(byte[] table, int index)
    {
        var entry = table.AsSpan(index * SectionHeaderSize, SectionHeaderSize);
        var type = BinaryPrimitives.ReadUInt32LittleEndian(entry[0x04..]);
        return new ElfSection(
            BinaryPrimitives.ReadUInt64LittleEndian(entry[0x18..]),
            type == NoBits ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(entry[0x20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[0x2C..]));
    }

    private byte[] ReadBytes(ulong offset, ulong length)
    {
        var total = (ulong)_stream.Length;
        if (offset > total || length > total - offset)
            throw Malformed($"{length} bytes at offset {offset} lie outside its {total} bytes");
        if (length > LargestSection)
            throw Malformed($"a table of {length} bytes is larger than any expected");
        var bytes = new byte[length];
        _stream.Position = (long)offset;
        _stream.ReadExactly(bytes);
        return bytes;
    }
}

/// <summary>Where a section of an ELF file lies.</summary>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Length">Its size in the file, in bytes.</param>
/// <param name="Info">The header's sh_info, for version tables the number of entries.</param>
internal readonly record struct ElfSection(ulong Offset, ulong Length, uint Info);
