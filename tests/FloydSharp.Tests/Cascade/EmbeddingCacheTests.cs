using FloydSharp.Cascade;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

public sealed class EmbeddingCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatWasWritten_HasTheSameBits()
    {
        using var scope = NewDisposeScope();
        var cache = new EmbeddingCache(_folder.Path);
        var states = (arange(12, ScalarType.Float32).reshape(4, 3) / 7).to(ScalarType.Float16);

        cache.Write("encoder", Tokens(5, 6), states);

        var read = cache.Read("encoder", Tokens(5, 6));
        Assert.NotNull(read);
        Assert.Equal(ScalarType.Float16, read.dtype);
        Assert.True(read.equal(states).all().item<bool>());
    }

    [Fact]
    public void Read_OtherEncoderOrTokens_FindsNothing()
    {
        using var scope = NewDisposeScope();
        var cache = new EmbeddingCache(_folder.Path);
        cache.Write("encoder", Tokens(5, 6), ones(4, 3));

        Assert.Null(cache.Read("other", Tokens(5, 6)));
        Assert.Null(cache.Read("encoder", Tokens(5, 7)));
    }

    [Fact]
    public void Read_DamagedOrForeignFile_IsDeleted()
    {
        using var scope = NewDisposeScope();
        var cache = new EmbeddingCache(_folder.Path);
        cache.Write("encoder", Tokens(5), ones(4, 3));
        cache.Write("encoder", Tokens(6), zeros(4, 3));
        var files = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);
        File.Copy(files[1], files[0], overwrite: true);
        File.WriteAllBytes(files[1], [1, 2, 3]);

        Assert.Null(cache.Read("encoder", Tokens(5)));
        Assert.Null(cache.Read("encoder", Tokens(6)));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Write_MoreThanThereIsRoomFor_DropsTheOldestButNotTheEmptyText()
    {
        using var scope = NewDisposeScope();
        var cache = new EmbeddingCache(_folder.Path, maxBytes: 3000);
        cache.Write("encoder", Tokens(), ones(4, 200));
        foreach (var file in Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTimeOffset.UnixEpoch.UtcDateTime);
        cache.Write("encoder", Tokens(5), ones(4, 100));
        foreach (var file in Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTimeOffset.UnixEpoch.UtcDateTime);
        cache.Write("encoder", Tokens(6), ones(4, 100));

        Assert.Null(cache.Read("encoder", Tokens(5)));
        Assert.NotNull(cache.Read("encoder", Tokens(6)));
        Assert.NotNull(cache.Read("encoder", Tokens()));
    }

    [Fact]
    public void Write_FolderThatCannotBeMade_IsNoError()
    {
        using var scope = NewDisposeScope();
        var file = _folder.File("file");
        File.WriteAllText(file, "");
        var cache = new EmbeddingCache(Path.Combine(file, "below"));

        cache.Write("encoder", Tokens(5), ones(4, 3));

        Assert.Null(cache.Read("encoder", Tokens(5)));
    }

    // Four tokens: the given ones, the end, padding.
    private static TokenizedText Tokens(params int[] content) => new()
    {
        Ids = [.. content, 1, .. new int[3 - content.Length]],
        Mask = [.. Enumerable.Repeat(1, content.Length + 1), .. new int[3 - content.Length]],
        TokenCount = content.Length + 1,
    };
}
