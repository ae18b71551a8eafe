using System.Runtime.CompilerServices;

namespace FloydSharp.Cli.Tests;

/// <summary>
/// Texts that are compared letter for letter with Expectations/NAME.txt. With the environment variable
/// FLOYD_UPDATE_EXPECTATIONS=1 the files are written anew instead; look at their differences before committing them.
/// </summary>
internal static class Expectation
{
    public static void Matches(string name, string actual)
    {
        var path = Path.Combine(Folder(), name + ".txt");
        if (Environment.GetEnvironmentVariable("FLOYD_UPDATE_EXPECTATIONS") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"{path} does not exist; run once with FLOYD_UPDATE_EXPECTATIONS=1.");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Folder([CallerFilePath] string here = "")
    {
        var beside = Path.Combine(Path.GetDirectoryName(here)!, "Expectations");
        return Directory.Exists(beside)
            ? beside
            : Path.Combine(FloydSharp.Testing.GoldenFolder.RepositoryRoot, "tests", "FloydSharp.Cli.Tests", "Expectations");
    }
}
