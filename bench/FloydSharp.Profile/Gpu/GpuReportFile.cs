namespace FloydSharp.Profile.Gpu;

/// <summary>Tables as they grow: on the console and in a file that is whole after each line.</summary>
internal sealed class GpuReportFile(string? path) : IDisposable
{
    private readonly StreamWriter? _file = path is null ? null : new(path) { AutoFlush = true };

    public void Line(string text)
    {
        Console.WriteLine(text);
        _file?.WriteLine(text);
    }

    public void Dispose() => _file?.Dispose();
}
