namespace FloydSharp.IO.Tests.Tokenizers;

/// <summary>A folder of files for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("floyd-tokenizer-").FullName;

    public TemporaryFolder Add(string name, byte[] bytes)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), bytes);
        return this;
    }

    public TemporaryFolder Add(string name, string text)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), text);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
