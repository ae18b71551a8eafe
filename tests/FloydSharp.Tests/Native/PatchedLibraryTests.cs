using FloydSharp.IO;
using FloydSharp.Native;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Native;

public sealed class PatchedLibraryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _original = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "libLibTorchSharp.so"))
        .First(File.Exists);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prepare_ManyAtOnce_LeavesOneWholeFileAndTheOriginalUntouched()
    {
        var before = File.ReadAllBytes(_original);
        var expected = LibTorchSharpPatch.Apply(before, "lib");

        Parallel.For(0, 8, _ =>
        {
            var path = PatchedLibrary.Prepare(_original, _folder.Path);
            Assert.Equal(expected, File.ReadAllBytes(path));
        });

        Assert.Single(Directory.GetFiles(_folder.Path));
        Assert.Equal(before, File.ReadAllBytes(_original));
    }

    [Fact]
    public void Prepare_CopyDamaged_ReplacesItByRenaming()
    {
        var path = PatchedLibrary.Prepare(_original, _folder.Path);
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^1]);
        using var reader = File.OpenRead(path);

        Assert.Equal(path, PatchedLibrary.Prepare(_original, _folder.Path));

        Assert.Equal(whole, File.ReadAllBytes(path));
        // Whoever had the old file open keeps it: it was replaced, not written over.
        Assert.Equal(whole.Length - 1, reader.Length);
    }

    [Fact]
    public void Prepare_CopyIntact_IsNotWrittenAgain()
    {
        var path = PatchedLibrary.Prepare(_original, _folder.Path);
        var stamp = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, stamp);

        PatchedLibrary.Prepare(_original, _folder.Path);

        Assert.Equal(stamp, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void Prepare_OriginalNotALibrary_LeavesNothing()
    {
        var original = Path.Combine(_folder.Folder("in"), "lib.so");
        File.WriteAllText(original, "text");

        Assert.Throws<FloydException>(() => PatchedLibrary.Prepare(original, _folder.Path));

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
