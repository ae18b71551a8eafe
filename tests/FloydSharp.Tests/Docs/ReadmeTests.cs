using System.Text.RegularExpressions;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Docs;

public sealed class ReadmeTests
{
    private static readonly string Root = GoldenFolder.RepositoryRoot;

    [Fact]
    public void CSharpLines_AreTheOnesThatCompile()
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        var block = Regex.Match(readme, "```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var source = File.ReadAllText(Path.Combine(Root, "tests", "FloydSharp.Tests", "Docs", "ReadmeSample.cs"));
        var lines = Regex.Match(source, "// <readme>\n(.*?) *// </readme>", RegexOptions.Singleline).Groups[1].Value
            .Split('\n').Select(line => line.StartsWith("        ", StringComparison.Ordinal) ? line[8..] : line);

        Assert.NotEmpty(block);
        Assert.Equal(string.Join('\n', lines).TrimEnd(), block.TrimEnd());
    }
}
