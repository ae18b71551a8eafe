using System.Text.Json;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Training.Data;

/// <summary>
/// A person's own captioned pictures: each with a text file of the same name beside it, or all named in metadata.jsonl
/// (<c>{"file_name": "boat.png", "text": "a red boat"}</c> per line). Pictures are cut to their middle square.
/// </summary>
internal sealed class FolderSource : ICaptionedSource
{
    private const string Metadata = "metadata.jsonl";
    private static readonly string[] s_endings = [".png", ".jpg", ".jpeg", ".webp"];

    private readonly (string Path, string Caption)[] _pictures;

    /// <summary>Lists the pictures; they are read when they are needed.</summary>
    /// <param name="folder">Searched with its subfolders.</param>
    /// <exception cref="FloydException">There is no picture with a caption.</exception>
    public FolderSource(string folder)
    {
        if (!Directory.Exists(folder))
            throw new FloydException($"The data folder {folder} does not exist; give a folder of pictures with captions.");
        var metadata = Path.Combine(folder, Metadata);
        _pictures = File.Exists(metadata) ? [.. FromMetadata(folder, metadata)] : [.. FromTexts(folder)];
        if (_pictures.Length == 0)
            throw new FloydException($"The data folder {folder} has no picture with a caption; put boat.txt beside boat.png, or name all in {Metadata}.");
    }

    /// <summary>Number of pictures.</summary>
    public int Count => _pictures.Length;

    /// <summary>All captions, for a tokenizer.</summary>
    public IEnumerable<string> Captions => _pictures.Select(p => p.Caption);

    /// <inheritdoc/>
    public CaptionedPicture Read(long index, int side)
    {
        // Each round over the folder has an order of its own.
        var (round, place) = Math.DivRem(index, _pictures.Length);
        var (path, caption) = _pictures[Shuffled(round, place)];
        var image = ImageFile.Load(path).ToRgb();
        var square = Math.Min(image.Width, image.Height);
        image = image.Crop((image.Width - square) / 2, (image.Height - square) / 2, square, square);
        if (square != side)
            image = Resampler.Resize(image, side, side, square > side ? ResampleFilter.Box : ResampleFilter.Bicubic);
        return new(image.Pixels, side, caption);
    }

    /// <summary>A permutation by multiplication: cheap, and no two places meet as the factor shares no divisor with the count.</summary>
    private long Shuffled(long round, long place)
    {
        long count = _pictures.Length;
        var factor = (((round * 7919) + 104729) % count) | 1;
        while (Gcd(factor, count) != 1)
            factor += 2;
        return ((place * factor) + round) % count;
    }

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    private static IEnumerable<(string, string)> FromTexts(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var text = Path.ChangeExtension(path, ".txt");
            if (s_endings.Contains(Path.GetExtension(path).ToLowerInvariant()) && File.Exists(text))
                yield return (path, File.ReadAllText(text).Trim());
        }
    }

    private static IEnumerable<(string, string)> FromMetadata(string folder, string metadata)
    {
        var number = 0;
        foreach (var line in File.ReadLines(metadata))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            string? file = null, text = null;
            try
            {
                using var json = JsonDocument.Parse(line);
                file = json.RootElement.GetProperty("file_name").GetString();
                text = json.RootElement.GetProperty("text").GetString();
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new FloydException($"{metadata}, line {number}: expected {{\"file_name\": ..., \"text\": ...}}; correct the line.", e);
            }

            var path = Path.GetFullPath(Path.Combine(folder, file ?? ""));
            if (file is null || text is null || !path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
                throw new FloydException($"{metadata}, line {number}: there is no picture \"{file}\" in the folder, or it has no text; correct the line.");
            yield return (path, text);
        }
    }
}
