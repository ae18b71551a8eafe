using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace FloydSharp.Testing.Hub;

/// <summary>A repository of the Hub in the tests: files whose names end in <c>.safetensors</c> or <c>.bin</c> are large ones, kept elsewhere.</summary>
public sealed class FakeRepository(string id, string commit)
{
    public string Id => id;

    public string Commit => commit;

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the token of the Hub is needed.</summary>
    public bool Gated { get; set; }

    public FakeRepository Add(string path, byte[] content)
    {
        Files[path] = content;
        return this;
    }

    public FakeRepository Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Adds bytes of a size that are different for each name.</summary>
    public FakeRepository Add(string path, int size)
    {
        var content = new byte[size];
        new Random(path.Sum(c => c) + size).NextBytes(content);
        return Add(path, content);
    }

    public static bool IsLarge(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal);

    /// <summary>The hash that names a file's content.</summary>
    public string HashOf(string path) => HashOf(path, Files[path]);

    /// <inheritdoc cref="HashOf(string)"/>
    [SuppressMessage("Security", "CA5350", Justification = "Git names blobs by SHA-1.")]
    public static string HashOf(string path, byte[] content) => Convert.ToHexStringLower(IsLarge(path)
        ? SHA256.HashData(content)
        : SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
}
