using FloydSharp.Native;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Native;

public sealed class LibtorchFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("site/torch/lib")]
    [InlineData("site/torch")]
    [InlineData("site")]
    public void From_PythonInstallation_FindsLibtorchAndCuda(string named)
    {
        Touch("site/torch/lib/libtorch_cpu.so");
        Touch("site/nvidia/cudnn/lib/libcudnn.so.9");
        Touch("site/nvidia/cu13/lib/libcudart.so.13");
        Touch("site/nvidia/notes/readme");

        var folders = LibtorchFolders.From(_folder.File(named), []);

        Assert.Equal(Under("site/torch/lib"), folders.Chosen);
        Assert.Equal([Under("site/torch/lib"), Under("site/nvidia/cu13/lib"), Under("site/nvidia/cudnn/lib")], folders.All);
        Assert.Equal(Under("site/nvidia/cu13/lib/libcudart.so.13"), folders.PathOf("libcudart.so.13"));
    }

    [Fact]
    public void From_LinkToLibtorch_FindsCudaBesideItsTarget()
    {
        Touch("site/torch/lib/libtorch_cpu.so");
        Touch("site/nvidia/cudnn/lib/libcudnn.so.9");
        Directory.CreateSymbolicLink(Under("link"), Under("site/torch/lib"));

        var folders = LibtorchFolders.From(Under("link"), []);

        Assert.Equal([Under("link"), Under("site/nvidia/cudnn/lib")], folders.All);
    }

    [Fact]
    public void From_NothingAnywhere_SaysWhatToInstall()
    {
        var error = Assert.Throws<NativeLibraryException>(() => LibtorchFolders.From(null, [_folder.Path]));

        Assert.Contains("libtorch-cpu-linux-x64", error.Message);
        Assert.Contains("FLOYD_LIBTORCH", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by x.so)", "glibc")]
    [InlineData("libstdc++.so.6: version `GLIBCXX_3.4.32' not found", "libstdc++")]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file or directory", "libgomp1")]
    [InlineData("x.so: undefined symbol: _ZN2at4_ops3add4callE", "another version")]
    [InlineData("libcudnn.so.9: cannot open shared object file: No such file or directory", "install what it names")]
    [InlineData("file too\nshort", "damaged")]
    public void Explain_LoadersWords_SayWhatToDoOnOneLine(string problem, string advice)
    {
        var message = LoaderProblem.Explain("x.so", problem).Message;

        Assert.Contains(advice, message);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("libcudart", "libcudart.so.13")]
    [InlineData("libcudart", "libcudart-9335f6a2.so.12")]
    [InlineData("libnvrtc", "libnvrtc.so.13")]
    public void FindIn_MapsOfAProcess_MatchesVersionsAndHashes(string name, string file)
    {
        string[] maps =
        [
            "7f00-7f01 r-xp 00000000 08:01 1 ",
            "7f00-7f01 r-xp 00000000 08:01 1 [heap]",
            "7f00-7f01 r-xp 00000000 08:01 1 /x/libcudartx.so",
            "7f00-7f01 r-xp 00000000 08:01 1 /x/libnvrtc-builtins.so.13.0",
            $"7f00-7f01 r-xp 00000000 08:01 1 /a b/{file}",
        ];

        Assert.Equal($"/a b/{file}", NativeLibraryFiles.FindIn(maps, name));
        Assert.Null(NativeLibraryFiles.FindIn(maps[..4], name));
    }

    private string Under(string path) => _folder.File(path);

    private void Touch(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Under(path))!);
        File.WriteAllText(Under(path), "");
    }
}
