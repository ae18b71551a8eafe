namespace FloydSharp.IO.Tests.Safetensors;

/// <summary>A new empty folder that goes with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("floyd-").FullName;

    public string[] FileNames => [.. Directory.EnumerateFileSystemEntries(Path).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public string FileOf(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(FileOf(name), bytes);
        return FileOf(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
