using System.Text.Json;

namespace FloydSharp.Testing;

/// <summary>A folder of reference outputs: cases.json, one safetensors file per case, checkpoints in the Hugging Face layout.</summary>
public sealed class GoldenFolder
{
    private GoldenFolder(string path)
    {
        Path = path;
        using var json = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(path, "cases.json")));
        Cases = [.. json.RootElement.GetProperty("cases").EnumerateArray().Select(c => new GoldenCase(this, c.Clone()))];
    }

    public string Path { get; }

    public IReadOnlyList<GoldenCase> Cases { get; }

    /// <summary>The root of the repository the tests were built from. Stands before <see cref="All"/>, which needs it.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>
    /// Always tests/golden, and besides it $FLOYD_GOLDEN or, where it exists, ../shared/golden/full beside the repository.
    /// </summary>
    public static IReadOnlyList<GoldenFolder> All { get; } = Find();

    /// <summary>The folder with tokenizer files (t5/spiece.model, clip/vocab.json) beside the golden folders, or null.</summary>
    public string? Tokenizers
    {
        get
        {
            string[] places = [System.IO.Path.Combine(Path, "..", "..", "tokenizers"), System.IO.Path.Combine(RepositoryRoot, "..", "shared", "tokenizers")];
            return places.Where(Directory.Exists).Select(System.IO.Path.GetFullPath).FirstOrDefault();
        }
    }

    /// <summary>Whether the checkpoints have the real vocabularies and the tokenizer files for them are here.</summary>
    public bool HasWholeVocabulary
    {
        get
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(Checkpoint("if-I/text_encoder/config.json")));
            return config.RootElement.GetProperty("vocab_size").GetInt32() >= 32000 && Tokenizers is not null;
        }
    }

    /// <summary>The folder of one tokenizer, <c>t5</c> or <c>clip</c>, or null.</summary>
    public string? Tokenizer(string name) => Tokenizers is { } folder ? System.IO.Path.Combine(folder, name) : null;

    public string FileOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The folder of a checkpoint or component, such as "if-I/unet".</summary>
    public string Checkpoint(string relative) => System.IO.Path.Combine(Path, "checkpoints", relative);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "FloydSharp.slnx")))
                return folder.FullName;
        }

        // Published alone (as on a GPU machine): the working directory is the repository.
        return Directory.GetCurrentDirectory();
    }

    private static List<GoldenFolder> Find()
    {
        List<GoldenFolder> folders = [new(System.IO.Path.Combine(RepositoryRoot, "tests", "golden"))];
        var other = Environment.GetEnvironmentVariable("FLOYD_GOLDEN") is { Length: > 0 } named
            ? named
            : System.IO.Path.Combine(RepositoryRoot, "..", "shared", "golden", "full");
        if (Directory.Exists(other))
            folders.Add(new(System.IO.Path.GetFullPath(other)));
        else if (Environment.GetEnvironmentVariable("FLOYD_GOLDEN") is { Length: > 0 })
            throw new DirectoryNotFoundException($"FLOYD_GOLDEN names {other}, which does not exist.");
        return folders;
    }

    public override string ToString() => System.IO.Path.GetFileName(Path);
}
