using FloydSharp.IO;
using FloydSharp.Native;
using Xunit;

namespace FloydSharp.Tests.Native;

public sealed class PatchedLibraryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("floyd-patch-");
    private readonly string _original = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "libLibTorchSharp.so"))
        .First(File.Exists);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Prepare_ManyAtOnce_LeavesOneWholeFileAndTheOriginalUntouched()
    {
        var before = File.ReadAllBytes(_original);
        var expected = LibTorchSharpPatch.Apply(before, "lib");

        Parallel.For(0, 8, _ =>
        {
            var path = PatchedLibrary.Prepare(_original, _folder.FullName);
            Assert.Equal(expected, File.ReadAllBytes(path));
        });

        Assert.Single(_folder.GetFiles());
        Assert.Equal(before, File.ReadAllBytes(_original));
    }

    [Fact]
    public void Prepare_CopyDamaged_ReplacesItByRenaming()
    {
        var path = PatchedLibrary.Prepare(_original, _folder.FullName);
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^1]);
        using var reader = File.OpenRead(path);

        Assert.Equal(path, PatchedLibrary.Prepare(_original, _folder.FullName));

        Assert.Equal(whole, File.ReadAllBytes(path));
        // Whoever had the old file open keeps it: it was replaced, not written over.
        Assert.Equal(whole.Length - 1, reader.Length);
    }

    [Fact]
    public void Prepare_CopyIntact_IsNotWrittenAgain()
    {
        var path = PatchedLibrary.Prepare(_original, _folder.FullName);
        var stamp = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, stamp);

        PatchedLibrary.Prepare(_original, _folder.FullName);

        Assert.Equal(stamp, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void Prepare_OriginalNotALibrary_LeavesNothing()
    {
        var original = Path.Combine(_folder.CreateSubdirectory("in").FullName, "lib.so");
        File.WriteAllText(original, "text");

        Assert.Throws<FloydException>(() => PatchedLibrary.Prepare(original, _folder.FullName));

        Assert.Empty(_folder.GetFiles());
    }
}
