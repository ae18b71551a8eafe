using System.CommandLine;
using System.Diagnostics;
using FloydSharp.IO;

namespace FloydSharp.Profile;

/// <summary>Writes a cascade's checkpoints of the real sizes and layouts, with random weights.</summary>
internal static class CheckpointsCommand
{
    private static readonly Dictionary<string, (string Stage1, string Stage2)> _sets = new()
    {
        ["if-m"] = ("IF-I-M", "IF-II-M"),
        ["if-l"] = ("IF-I-L", "IF-II-L"),
        ["if-xl"] = ("IF-I-XL", "IF-II-L"),
    };

    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "A new folder", Required = true };
        var set = new Option<string>("--set") { DefaultValueFactory = _ => "if-m" };
        set.AcceptOnlyFromAmong([.. _sets.Keys]);
        var t5 = new Option<string[]>("--t5") { Description = "fp16, 8bit or both", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["8bit"] };
        t5.AcceptOnlyFromAmong(["fp16", "8bit"]);
        var tokenizers = new Option<string>("--tokenizers") { Description = "A folder that holds, at any depth, spiece.model and vocab.json with merges.txt", Required = true };
        var command = new Command("checkpoints", "Writes checkpoints of all stages in real sizes and layouts, with random weights.") { folder, set, t5, tokenizers };
        command.SetAction(parse => Run(parse.GetRequiredValue(folder), _sets[parse.GetRequiredValue(set)], parse.GetRequiredValue(t5), parse.GetRequiredValue(tokenizers)));
        return command;
    }

    private static int Run(string folder, (string Stage1, string Stage2) set, string[] t5, string tokenizers)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new FloydException($"The folder {folder} is not empty; give a new one.");
        var start = Stopwatch.GetTimestamp();
        var writer = new CheckpointWriter(folder);
        Parallel.Invoke(
            () => writer.StageOne("stage1", set.Stage1, tokenizers),
            () => writer.TextEncoder("stage1", t5),
            () => writer.StageTwo("stage2", set.Stage2),
            () => writer.StageThree("stage3", tokenizers));
        writer.Text("cascade.json", """{ "version": 1, "stages": [{ "folder": "stage1" }, { "folder": "stage2" }, { "folder": "stage3" }] }""");
        var bytes = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Console.WriteLine($"{set.Stage1}, {set.Stage2}, x4-upscaler, T5-XXL {string.Join(" and ", t5)}: {bytes / 1e9:f2} GB in {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s -> {folder}");
        return 0;
    }
}
