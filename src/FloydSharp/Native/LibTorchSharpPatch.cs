using System.Buffers.Binary;
using System.Text;
using FloydSharp.IO;

namespace FloydSharp.Native;

/// <summary>
/// Makes TorchSharp's native library loadable where libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// The library needs one symbol that older systems lack, <c>_ZSt21ios_base_library_initv</c> of GLIBCXX_3.4.32, whose
/// only work is to initialise the standard streams. <c>std::ios_base::Init::Init()</c> does the same, ignores its
/// argument, and is as old as GLIBCXX_3.4. The patch renames the needed symbol, gives it that version, and turns the
/// now unused requirement of GLIBCXX_3.4.32 into one of GLIBCXX_3.4.30, which the library needs anyway.
/// </remarks>
public static class LibTorchSharpPatch
{
    private const string NewSymbol = "_ZSt21ios_base_library_initv";
    private const string OldSymbol = "_ZNSt8ios_base4InitC1Ev";
    internal const string NewVersion = "GLIBCXX_3.4.32";
    private const string KnownVersion = "GLIBCXX_3.4.30";
    private const string BaseVersion = "GLIBCXX_3.4";
    private const int SymbolSize = 24;
    private const int NeedSize = 16;
    private const int LargestFile = 64 << 20;

    /// <summary>A patched copy of the library.</summary>
    /// <param name="original">The whole file; it is not changed.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <returns>A new array of the same length.</returns>
    /// <exception cref="FloydException">The file is not an ELF library that needs exactly this patch.</exception>
    public static byte[] Apply(byte[] original, string name)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(name);
        if (original.Length > LargestFile)
            throw new FloydException($"{name} has {original.Length} bytes, more than TorchSharp's native library can have; reinstall the TorchSharp package.");

        using var stream = new MemoryStream(original, writable: false);
        var elf = ElfFile.Read(stream, name);
        var strings = elf.ReadSection(".dynstr");
        var symbols = elf.ReadSection(".dynsym");
        var symbolVersions = elf.ReadSection(".gnu.version");
        var needs = elf.ReadSection(".gnu.version_r");
        if (symbols.Length % SymbolSize != 0 || symbolVersions.Length != symbols.Length / SymbolSize * sizeof(ushort))
            throw elf.Malformed($"{symbols.Length} bytes of symbols do not fit {symbolVersions.Length} bytes of symbol versions");

        var versions = ReadVersions(elf, needs, strings);
        var newVersion = Version(elf, versions, NewVersion);
        var knownVersion = Version(elf, versions, KnownVersion);
        var baseVersion = Version(elf, versions, BaseVersion);

        var index = FindSymbol(elf, symbols, strings);
        var nameOffset = NameOffset(symbols, index);
        RequireOnlyUser(elf, symbolVersions, index, newVersion.Index);
        RequireOwnName(elf, symbols, versions, nameOffset);

        var replaced = strings.AsSpan((int)nameOffset, NewSymbol.Length);
        replaced.Clear();
        Encoding.ASCII.GetBytes(OldSymbol, replaced);
        BinaryPrimitives.WriteUInt16LittleEndian(symbolVersions.AsSpan(index * sizeof(ushort)), baseVersion.Index);
        BinaryPrimitives.WriteUInt32LittleEndian(needs.AsSpan(newVersion.At), knownVersion.Hash);
        BinaryPrimitives.WriteUInt32LittleEndian(needs.AsSpan(newVersion.At + 8), knownVersion.NameOffset);

        var patched = (byte[])original.Clone();
        strings.CopyTo(patched, (int)elf.Section(".dynstr").Offset);
        symbolVersions.CopyTo(patched, (int)elf.Section(".gnu.version").Offset);
        needs.CopyTo(patched, (int)elf.Section(".gnu.version_r").Offset);
        return patched;
    }

    private static List<NeededVersion> ReadVersions(ElfFile elf, byte[] needs, byte[] strings)
    {
        var versions = new List<NeededVersion>();
        var fileCount = elf.Section(".gnu.version_r").Info;
        long file = 0;
        for (var i = 0u; i < fileCount; i++)
        {
            RequireInside(elf, needs, file);
            var count = BinaryPrimitives.ReadUInt16LittleEndian(needs.AsSpan((int)file + 2));
            var entry = file + BinaryPrimitives.ReadUInt32LittleEndian(needs.AsSpan((int)file + 8));
            for (var k = 0; k < count; k++)
            {
                RequireInside(elf, needs, entry);
                var bytes = needs.AsSpan((int)entry, NeedSize);
                var nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
                versions.Add(new NeededVersion(
                    elf.StringAt(strings, nameOffset),
                    (int)entry,
                    BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                    BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
                    nameOffset));
                if (!Advance(ref entry, bytes[12..]))
                    break;
            }
            if (!Advance(ref file, needs.AsSpan((int)file + 12)))
                break;
        }
        return versions;
    }

    // A distance of zero ends a chain; a chain can only go forward, so a hostile file cannot make it endless.
    private static bool Advance(ref long at, ReadOnlySpan<byte> distance)
    {
        var step = BinaryPrimitives.ReadUInt32LittleEndian(distance);
        at += step;
        return step != 0;
    }

    private static void RequireInside(ElfFile elf, byte[] needs, long at)
    {
        if (at > needs.Length - NeedSize)
            throw elf.Malformed($"a needed version lies at offset {at} of a table of {needs.Length} bytes");
    }

    private static NeededVersion Version(ElfFile elf, List<NeededVersion> versions, string version)
    {
        var found = versions.FindAll(v => v.Name == version);
        return found.Count == 1
            ? found[0]
            : throw elf.Malformed($"it needs version {version} {found.Count} times where once was expected");
    }

    private static int FindSymbol(ElfFile elf, byte[] symbols, byte[] strings)
    {
        var wanted = Encoding.ASCII.GetBytes(NewSymbol + '\0');
        for (var i = 0; i < symbols.Length / SymbolSize; i++)
        {
            var offset = NameOffset(symbols, i);
            if (offset > strings.Length - wanted.Length || !strings.AsSpan((int)offset, wanted.Length).SequenceEqual(wanted))
                continue;
            var section = BinaryPrimitives.ReadUInt16LittleEndian(symbols.AsSpan(i * SymbolSize + 6));
            return section == 0 ? i : throw elf.Malformed($"it defines {NewSymbol} itself");
        }
        throw elf.Malformed($"it has no symbol {NewSymbol}");
    }

    private static void RequireOnlyUser(ElfFile elf, byte[] symbolVersions, int index, ushort version)
    {
        for (var i = 0; i < symbolVersions.Length / sizeof(ushort); i++)
        {
            var isVersion = (BinaryPrimitives.ReadUInt16LittleEndian(symbolVersions.AsSpan(i * sizeof(ushort))) & 0x7FFF) == version;
            if (isVersion != (i == index))
                throw elf.Malformed($"symbol {i} {(isVersion ? "needs" : "does not need")} {NewVersion}");
        }
    }

    // Linkers let one name be the tail of another; overwriting a shared name would rename both symbols.
    private static void RequireOwnName(ElfFile elf, byte[] symbols, List<NeededVersion> versions, uint nameOffset)
    {
        var users = versions.Count(v => Overlaps(v.NameOffset));
        for (var i = 0; i < symbols.Length / SymbolSize; i++)
            users += Overlaps(NameOffset(symbols, i)) ? 1 : 0;
        if (users != 1)
            throw elf.Malformed($"{users} names share the bytes of {NewSymbol}");

        bool Overlaps(uint offset) => offset >= nameOffset && offset < nameOffset + (uint)NewSymbol.Length;
    }

    private static uint NameOffset(byte[] symbols, int index) =>
        BinaryPrimitives.ReadUInt32LittleEndian(symbols.AsSpan(index * SymbolSize));

    private sealed record NeededVersion(string Name, int At, uint Hash, ushort Index, uint NameOffset);
}
