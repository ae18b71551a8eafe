using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FloydSharp.IO;
using FloydSharp.Native;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Which plan was the fastest, in a small file for each convolution beside the compiled kernels. The first process that measured
/// one decides for all: later ones compute the same bits, and measure nothing.
/// </summary>
/// <param name="folder">An existing folder; null keeps nothing.</param>
internal sealed partial class ConvolutionChoices(string? folder)
{
    private const int MostBytes = 4096;

    /// <summary>Those in the own cache.</summary>
    public static ConvolutionChoices Own()
    {
        try
        {
            return new(CacheFolders.Writable("kernels"));
        }
        catch (NativeLibraryException)
        {
            // Without a cache the next process measures again.
            return new(null);
        }
    }

    /// <summary>What was chosen.</summary>
    /// <param name="key">Everything that the choice depends on, in one line.</param>
    /// <returns>The plan's tag; null where nothing was kept, or something else than a choice.</returns>
    public string? Find(string key) => folder is null ? null : TryRead(FileOf(key), key);

    /// <summary>Keeps a choice, unless another process kept one meanwhile.</summary>
    /// <param name="key">As for <see cref="Find"/>.</param>
    /// <param name="tag">The plan's tag.</param>
    /// <returns>The tag that is kept now.</returns>
    public string Keep(string key, string tag)
    {
        if (folder is null)
            return tag;
        var text = $"{key}\n{tag}\n";
        var bytes = Encoding.UTF8.GetBytes($"{text}{Hash(text)}\n");
        if (TryWrite(FileOf(key), bytes, overwrite: false))
            return tag;
        if (Find(key) is { } theirs)
            return theirs;
        TryWrite(FileOf(key), bytes, overwrite: true);
        return tag;
    }

    /// <summary>The file of a choice.</summary>
    internal string FileOf(string key) => Path.Combine(folder!, $"{Hash(key)}.convolution");

    private static bool TryWrite(string file, byte[] bytes, bool overwrite)
    {
        try
        {
            AtomicFile.Write(file, bytes, overwrite);
            return true;
        }
        catch (FloydException)
        {
            return false;
        }
    }

    private static string? TryRead(string file, string key)
    {
        try
        {
            if (new FileInfo(file) is not { Exists: true, Length: <= MostBytes })
                return null;
            var lines = File.ReadAllText(file).Split('\n');
            return lines is [var forKey, var tag, var hash, ""] && forKey == key && Tag().IsMatch(tag) && hash == Hash($"{key}\n{tag}\n") ? tag : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex(@"\Aeng[0-9]{1,9}(_k[0-9]{1,9}=-?[0-9]{1,18}){0,64}\z")]
    private static partial Regex Tag();
}
