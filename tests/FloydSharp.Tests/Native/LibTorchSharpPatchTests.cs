using System.Text;
using CsCheck;
using FloydSharp.IO;
using FloydSharp.Native;
using Xunit;

namespace FloydSharp.Tests.Native;

public class LibTorchSharpPatchTests
{
    private static readonly byte[] _original = File.ReadAllBytes(FindOriginal());

    [Fact]
    public void Apply_TorchSharpsLibrary_RenamesOneSymbolAndDropsOneVersion()
    {
        var before = (byte[])_original.Clone();

        var patched = LibTorchSharpPatch.Apply(_original, "lib");

        Assert.Equal(before, _original);
        Assert.Equal(_original.Length, patched.Length);
        Assert.True(Contains(_original, "_ZSt21ios_base_library_initv"));
        Assert.False(Contains(patched, "_ZSt21ios_base_library_initv"));
        var changed = _original.Zip(patched).Count(pair => pair.First != pair.Second);
        Assert.InRange(changed, 1, 28 + 2 + 8);
    }

    [Fact]
    public void Apply_PatchedLibrary_Refuses()
    {
        var patched = LibTorchSharpPatch.Apply(_original, "lib");

        Assert.Throws<FloydException>(() => LibTorchSharpPatch.Apply(patched, "lib"));
    }

    [Fact]
    public void Apply_Truncated_Refuses() =>
        Gen.Int[0, _original.Length - 1].Sample(
            length => Assert.Throws<FloydException>(() => LibTorchSharpPatch.Apply(_original[..length], "lib")), iter: 200);

    [Fact]
    public void Apply_NotElf_Refuses() =>
        Gen.Byte.Array[0, 4096].Sample(
            bytes => Assert.Throws<FloydException>(() => LibTorchSharpPatch.Apply(bytes, "lib")), iter: 1000);

    [Fact]
    public void Apply_HeaderDamaged_RefusesOrPatchesWithoutOtherErrors() =>
        Gen.Select(Gen.Int[0, 63], Gen.Byte).Sample((at, value) => OnlyFloydException(at, value), iter: 300);

    [Fact]
    public void Apply_SectionTableDamaged_RefusesOrPatchesWithoutOtherErrors()
    {
        var table = (int)BitConverter.ToUInt64(_original, 0x28);
        Gen.Select(Gen.Int[table, _original.Length - 1], Gen.Byte).Sample((at, value) => OnlyFloydException(at, value), iter: 500);
    }

    [Fact]
    public void Apply_VersionTablesDamaged_RefusesOrPatchesWithoutOtherErrors()
    {
        using var stream = new MemoryStream(_original);
        var elf = ElfFile.Read(stream, "lib");
        var section = elf.Section(".gnu.version_r");
        var start = (int)section.Offset;
        Gen.Select(Gen.Int[start, start + (int)section.Length - 1], Gen.Byte).Sample((at, value) => OnlyFloydException(at, value), iter: 300);
    }

    [Theory]
    [InlineData(".dynstr")]
    [InlineData(".dynsym")]
    [InlineData(".gnu.version")]
    [InlineData(".gnu.version_r")]
    public void Apply_SectionOutsideFile_Refuses(string name)
    {
        foreach (var offset in new[] { (ulong)_original.Length, ulong.MaxValue, (ulong)long.MaxValue, (ulong)_original.Length - 1 })
        {
            var damaged = (byte[])_original.Clone();
            BitConverter.GetBytes(offset).CopyTo(damaged, HeaderOf(name) + 0x18);

            Assert.Throws<FloydException>(() => LibTorchSharpPatch.Apply(damaged, "lib"));
        }
    }

    [Fact]
    public void NeededLibraries_TorchSharpsLibrary_NamesLibtorch()
    {
        using var stream = new MemoryStream(_original);

        Assert.Equal(["libtorch.so", "libc10.so", "libtorch_cpu.so"], ElfFile.Read(stream, "lib").NeededLibraries().Take(3));
    }

    private static void OnlyFloydException(int at, byte value)
    {
        var damaged = (byte[])_original.Clone();
        damaged[at] = value;
        try
        {
            Assert.Equal(damaged.Length, LibTorchSharpPatch.Apply(damaged, "lib").Length);
        }
        catch (FloydException e)
        {
            Assert.StartsWith("lib is not a library that can be used", e.Message);
        }
    }

    // The offset of the section's header, found as the product does not: by its place in the table.
    private static int HeaderOf(string name)
    {
        var table = (int)BitConverter.ToUInt64(_original, 0x28);
        var count = BitConverter.ToUInt16(_original, 0x3C);
        var names = (int)BitConverter.ToUInt64(_original, table + (BitConverter.ToUInt16(_original, 0x3E) * 64) + 0x18);
        var wanted = Encoding.ASCII.GetBytes(name + '\0');
        for (var i = 0; i < count; i++)
        {
            var header = table + (i * 64);
            if (_original.AsSpan(names + BitConverter.ToInt32(_original, header), wanted.Length).SequenceEqual(wanted))
                return header;
        }
        throw new InvalidOperationException(name);
    }

    private static bool Contains(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text + '\0')) >= 0;

    private static string FindOriginal() =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator)
            .Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, "libLibTorchSharp.so"))
            .First(File.Exists);
}
