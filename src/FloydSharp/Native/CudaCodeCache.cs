using System.Security.Cryptography;
using System.Text;
using FloydSharp.IO;

namespace FloydSharp.Native;

/// <summary>Keeps what <see cref="CudaCompiler"/> made, a second of work, in the own cache.</summary>
internal static class CudaCodeCache
{
    /// <summary>Machine code for one architecture, from the cache or compiled now.</summary>
    /// <inheritdoc cref="CudaCompiler.Compile"/>
    public static byte[] Get(string source, string name, Version capability)
    {
        if (FileOf(source, capability) is not { } file)
            return CudaCompiler.Compile(source, name, capability);
        if (TryRead(file) is { } known)
            return known;
        var code = CudaCompiler.Compile(source, name, capability);
        try
        {
            AtomicFile.Write(file, [.. SHA256.HashData(code), .. code], overwrite: true);
        }
        catch (FloydException)
        {
            // Without a cache the next process compiles again.
        }

        return code;
    }

    // The compiler's version is in its file's name.
    private static string? FileOf(string source, Version capability)
    {
        try
        {
            var compiler = Path.GetFileName(NativeLibraryFiles.Find("libnvrtc"));
            var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{compiler}\n{capability}\n{source}"));
            return Path.Combine(CacheFolders.Writable("kernels"), $"{Convert.ToHexStringLower(key)}.cubin");
        }
        catch (NativeLibraryException)
        {
            return null;
        }
    }

    // The hash in front finds files that were cut off or damaged.
    private static byte[]? TryRead(string file)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            return bytes.Length > SHA256.HashSizeInBytes && SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes))
                ? bytes[SHA256.HashSizeInBytes..]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
