using Xunit;

namespace FloydSharp.Testing;

/// <summary>
/// Texts that are compared letter for letter with NAME.txt in a folder of the test project. With the environment variable
/// FLOYD_UPDATE_EXPECTATIONS=1 the files are written anew instead; look at their differences before committing them.
/// </summary>
/// <param name="project">The test project, such as <c>FloydSharp.Tests</c>.</param>
/// <param name="folder">The folder of the files in it, such as <c>Expectations</c>.</param>
public sealed class Expectation(string project, string folder)
{
    public void Matches(string name, string actual)
    {
        var path = Path.Combine(GoldenFolder.RepositoryRoot, "tests", project, folder, name + ".txt");
        if (Environment.GetEnvironmentVariable("FLOYD_UPDATE_EXPECTATIONS") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"{path} does not exist; run once with FLOYD_UPDATE_EXPECTATIONS=1.");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
