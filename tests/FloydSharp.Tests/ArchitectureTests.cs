using System.Text.RegularExpressions;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests;

/// <summary>Data flows one way: each folder may use only those that ARCHITECTURE.md puts below it.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Source = Path.Combine(GoldenFolder.RepositoryRoot, "src");

    // What each namespace may use besides itself.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["FloydSharp.IO"] = [],
        ["FloydSharp.Native"] = ["IO", "Memory"],
        ["FloydSharp.Memory"] = ["IO", "Native"],
        ["FloydSharp.Noise"] = ["IO"],
        ["FloydSharp.Quantization"] = ["IO", "Native"],
        ["FloydSharp.Nn"] = ["IO", "Quantization"],
        ["FloydSharp.Schedulers"] = ["IO", "Noise"],
        ["FloydSharp.Weights"] = ["IO", "Nn", "Quantization"],
        ["FloydSharp.Streaming"] = ["IO", "Memory", "Native", "Nn", "Quantization", "Weights"],
        ["FloydSharp.Graphs"] = ["Memory", "Native", "Nn"],
        ["FloydSharp.Kernels"] = ["IO", "Memory", "Native", "Nn", "Weights"],
        ["FloydSharp.Models"] = ["IO", "Nn"],
        ["FloydSharp.Pipelines"] = ["Graphs", "IO", "Kernels", "Memory", "Models", "Nn", "Noise", "Schedulers", "Streaming", "Weights"],
        ["FloydSharp.Planning"] = ["IO", "Memory", "Models", "Nn", "Quantization", "Streaming", "Weights"],
        ["FloydSharp.Cascade"] = ["IO", "Memory", "Models", "Native", "Nn", "Noise", "Pipelines", "Planning", "Quantization", "Schedulers", "Weights"],
    };

    [Fact]
    public void Namespaces_UseOnlyWhatLiesBelow()
    {
        List<string> upward = [];
        var files = 0;
        foreach (var (file, text) in Files("FloydSharp.IO").Concat(Files("FloydSharp")))
        {
            var own = Namespace().Match(text).Groups[1].Value;
            var layer = Allowed.Keys.SingleOrDefault(k => own == k || own.StartsWith(k + ".", StringComparison.Ordinal));
            if (layer is null)
                continue;
            files++;
            foreach (Match match in Uses().Matches(text))
            {
                var used = match.Groups[1].Value;
                if (!layer.EndsWith("." + used, StringComparison.Ordinal) && !Allowed[layer].Contains(used))
                    upward.Add($"{Path.GetRelativePath(Source, file)} uses FloydSharp.{used}");
            }
        }

        Assert.True(files > 100, $"Only {files} files were looked at.");
        Assert.Empty(upward);
    }

    [Fact]
    public void ModelsAndSchedulers_NeverSeeEachOther()
    {
        Assert.All(Files("FloydSharp/Models"), f => Assert.DoesNotContain("FloydSharp.Schedulers", f.Text, StringComparison.Ordinal));
        Assert.All(Files("FloydSharp/Schedulers"), f => Assert.DoesNotContain("FloydSharp.Models", f.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void FilesAndText_KnowNoTensors() =>
        Assert.All(Files("FloydSharp.IO"), f => Assert.DoesNotContain("using TorchSharp", f.Text, StringComparison.Ordinal));

    [Fact]
    public void Apps_HoldNoTensorCode() =>
        Assert.All(Files("FloydSharp.Cli"), f => Assert.DoesNotContain("using static TorchSharp", f.Text, StringComparison.Ordinal));

    [Fact]
    public void Libraries_NeverPrint() =>
        Assert.All(Files("FloydSharp.IO").Concat(Files("FloydSharp")), f => Assert.DoesNotContain("Console.", f.Text, StringComparison.Ordinal));

    [Fact]
    public void SourceFiles_StayShort() =>
        Assert.All(Files(""), f => Assert.True(f.Text.Count(c => c == '\n') <= 500, $"{f.File} has more than 500 lines."));

    private static IEnumerable<(string File, string Text)> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Source, folder), "*.cs", SearchOption.AllDirectories).Select(f => (f, File.ReadAllText(f)));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?FloydSharp\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Uses();
}
