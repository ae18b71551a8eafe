using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FloydSharp.IO.Hub;

/// <summary>The hash that a file is known by, counted while its bytes pass.</summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _hash;

    /// <summary>Begins: SHA-256 of large files, and Git's SHA-1 of a blob of the others.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "Git names blobs by SHA-1; this compares with such a name.")]
    public ContentHash(HubFile file)
    {
        _hash = IncrementalHash.CreateHash(file.Hash.Length == 64 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (file.Hash.Length == 40)
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Size}\0")));
    }

    /// <summary>The hash of a whole content.</summary>
    public static string Of(HubFile file, ReadOnlySpan<byte> content)
    {
        using var hash = new ContentHash(file);
        hash.Append(content);
        return hash.Finish();
    }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The hash as lower hexadecimal digits.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
