using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

/// <summary>The golden checkpoints as command lines know them.</summary>
internal static class Checkpoints
{
    /// <summary>The folder in the repository.</summary>
    public static GoldenFolder Small => GoldenFolder.All[0];

    /// <summary>All golden folders, as test data.</summary>
    public static IEnumerable<GoldenFolder> All => GoldenFolder.All;

    /// <summary>A file with embeddings of one prompt.</summary>
    public static string Embeddings(GoldenFolder folder) =>
        folder.Cases.Where(c => c.Kind == "IFPipeline").Select(c => c.TensorFile).First(IsOnePrompt);

    /// <summary>A command line that makes pictures quickly: two stages, two steps.</summary>
    public static string[] Generate(GoldenFolder folder, string output, params string[] more) =>
    [
        "generate", "a red panda", "--embeddings", Embeddings(folder), "--stage1", folder.Checkpoint("if-I"), "--stage2", folder.Checkpoint("if-II"),
        "--seed", "5", "--steps", "2", "--device", "cpu", "--out", output, .. more,
    ];

    /// <summary>The same with stage I alone.</summary>
    public static string[] GenerateStage1(string stage1, string output, params string[] more) =>
    [
        "generate", "a red panda", "--embeddings", Embeddings(Small), "--stage1", stage1, "--seed", "5", "--steps", "2", "--device", "cpu", "--out", output, .. more,
    ];

    /// <summary>A golden folder whose tokenizers are known; skips the test without one.</summary>
    public static GoldenFolder WithTokenizers()
    {
        var folder = GoldenFolder.All.FirstOrDefault(f => f.HasWholeVocabulary);
        Assert.SkipWhen(folder is null, "No golden folder has whole vocabularies and tokenizers.");
        return folder!;
    }

    /// <summary>A copy of a checkpoint, to be damaged.</summary>
    public static string Copy(string checkpoint, TemporaryFolder target)
    {
        var copy = target.File("checkpoint");
        foreach (var file in Directory.EnumerateFiles(checkpoint, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(checkpoint, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }

    private static bool IsOnePrompt(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Header.TryGet("prompt_embeds", out var positive) && positive.Shape[0] == 1 && file.Header.TryGet("negative_prompt_embeds", out _);
    }
}
