using FloydSharp.Native;
using FloydSharp.Testing;
using TorchSharp;
using Xunit;

namespace FloydSharp.Tests.Native;

public sealed class NativeLibrariesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Torch_UsedBeforeAnythingOfTheLibrary_Works()
    {
        using var ones = torch.ones(3, 4);
        using var sum = ones.sum();

        Assert.Equal(12f, sum.item<float>());
    }

    [Fact]
    public void EnsureLoaded_Twice_ReportsWhatIsLoaded()
    {
        NativeLibraries.EnsureLoaded();
        NativeLibraries.EnsureLoaded();

        var loaded = Assert.IsType<LoadedLibraries>(NativeLibraries.Loaded);
        Assert.Equal("libtorch_cpu.so", Path.GetFileName(loaded.Libtorch));
        Assert.True(File.Exists(loaded.TorchSharp));
        Assert.NotNull(NativeLibraryFiles.FindLoaded("libtorch_cpu"));
    }

    [Theory]
    [InlineData("load")]
    [InlineData("first use")]
    public async Task Load_FolderOfPythonChosen_UsesItAlone(string mode)
    {
        // A Python installation: torch/lib, and what it needs in nvidia/*/lib, found by no run path.
        var libtorch = _folder.Folder("torch/lib");
        var needed = _folder.Folder("nvidia/part/lib");
        foreach (var file in Directory.EnumerateFiles(ProgramsLibtorch(), "lib*.so*"))
        {
            var name = Path.GetFileName(file);
            var target = name == "libc10.so" ? needed : libtorch;
            File.CreateSymbolicLink(Path.Combine(target, name), file);
        }

        var child = await NativeChild.StartAsync(mode, ("FLOYD_LIBTORCH", _folder.Path));

        Assert.Equal("", child.Error);
        Assert.Equal(["24", Path.Combine(libtorch, "libtorch_cpu.so"), "True", "1"], child.Output);
        Assert.Equal(0, child.ExitCode);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("first use")]
    public async Task Load_ChosenFolderMissing_GivesOneClearMessage(string mode)
    {
        var missing = _folder.File("nothing-here");

        var child = await NativeChild.StartAsync(mode, ("FLOYD_LIBTORCH", missing));

        Assert.Equal("", child.Error);
        Assert.Equal(2, child.ExitCode);
        var line = Assert.Single(child.Output);
        Assert.StartsWith($"NativeLibraryException: FLOYD_LIBTORCH is {missing}, where there is no libtorch_cpu.so", line);
        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")), "TorchSharp copied its libraries");
    }

    [Fact]
    public async Task Load_ChosenLibraryDamaged_NamesItAndCopiesNothing()
    {
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" })
            await File.WriteAllTextAsync(_folder.File(name), "not a library", TestContext.Current.CancellationToken);

        var child = await NativeChild.StartAsync("first use", ("FLOYD_LIBTORCH", _folder.Path));

        Assert.Equal("", child.Error);
        var line = Assert.Single(child.Output);
        Assert.StartsWith($"NativeLibraryException: {_folder.Path}/libc10.so could not be loaded", line);
        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")), "TorchSharp copied its libraries");
    }

    [Fact]
    public async Task Load_CacheNotWritable_StillWorks()
    {
        var file = _folder.File("a-file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var child = await NativeChild.StartAsync("load", ("FLOYD_CACHE", Path.Combine(file, "below")), ("TMPDIR", _folder.Path));

        Assert.Equal("", child.Error);
        Assert.Equal("24", child.Output[0]);
    }

    [Fact]
    public void TryAlias_OtherCopyOfALoadedLibrary_GivesTheLoadedOne()
    {
        var original = Path.Combine(ProgramsLibtorch(), "libtorch_global_deps.so");
        var first = Path.Combine(_folder.Folder("first"), "libfirst.so");
        var second = Path.Combine(_folder.Folder("second"), "libsecond.so");
        File.Copy(original, first);
        File.Copy(original, second);
        NativeLibraries.EnsureLoaded();
        Assert.True(DynamicLoader.TryOpen(first, bindNow: false, out _));

        Assert.True(DynamicLoader.TryAlias(second, first));
        Assert.True(DynamicLoader.TryOpen(second, bindNow: false, out _));

        Assert.Null(NativeLibraryFiles.FindLoaded("libsecond"));
        Assert.NotNull(NativeLibraryFiles.FindLoaded("libfirst"));
    }

    private static string ProgramsLibtorch()
    {
        var program = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator);
        var folder = program.FirstOrDefault(f => File.Exists(Path.Combine(f, "libtorch_cpu.so")));
        Assert.SkipWhen(folder is null, "this build brings no libtorch");
        return folder!;
    }
}
