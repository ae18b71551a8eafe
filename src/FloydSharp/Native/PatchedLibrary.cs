using System.Security.Cryptography;
using FloydSharp.IO;

namespace FloydSharp.Native;

/// <summary>The patched copy of TorchSharp's native library in the user's cache.</summary>
internal static class PatchedLibrary
{
    /// <summary>
    /// Makes the patched copy unless an intact one is there. The original, often a hard link into a package cache, is
    /// only read.
    /// </summary>
    /// <param name="originalPath">TorchSharp's library.</param>
    /// <param name="folder">A folder of this user's that exists.</param>
    /// <returns>The copy's path, named after the original's SHA-256.</returns>
    public static string Prepare(string originalPath, string folder)
    {
        var original = File.ReadAllBytes(originalPath);
        var patched = LibTorchSharpPatch.Apply(original, Path.GetFileName(originalPath));
        var path = Path.Combine(folder, $"libLibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(original))}.so");
        if (!IsIntact(path, patched))
            AtomicFile.Write(path, patched, overwrite: true);
        return path;
    }

    // A copy that a full disk or another hand left different is never loaded: it is replaced, and another process that loads
    // it meanwhile sees the old file or the new one, both whole.
    private static bool IsIntact(string path, byte[] expected)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == expected.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(expected);
    }
}
