using System.Diagnostics;
using System.Text.Json.Nodes;
using FloydSharp.IO;

namespace FloydSharp.Profile.Gpu;

/// <summary>
/// The reference in a Python process of its own, which waits while we measure: bench/reference/reference.py reads one JSON object
/// a line and answers with one.
/// </summary>
internal sealed class PythonReference : IDisposable
{
    private readonly Process _process;

    private PythonReference(Process process, JsonObject versions) => (_process, Versions) = (process, versions);

    /// <summary>The versions of what it runs on.</summary>
    public JsonObject Versions { get; }

    /// <summary>Starts it and waits until it has imported everything.</summary>
    /// <param name="python">The Python.</param>
    /// <param name="script">reference.py.</param>
    /// <param name="source">A folder with diffusers in it; null where it is installed.</param>
    public static PythonReference Start(string python, string script, string? source)
    {
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("-u");
        start.ArgumentList.Add(script);
        if (source is not null)
        {
            start.ArgumentList.Add("--diffusers-source");
            start.ArgumentList.Add(source);
        }

        // Its libtorch is its own: ours must not be found before it.
        start.Environment.Remove("LD_LIBRARY_PATH");
        start.Environment.Remove("PYTORCH_CUDA_ALLOC_CONF");
        start.Environment.Remove("PYTORCH_ALLOC_CONF");
        var process = Process.Start(start) ?? throw new FloydException($"{python} did not start.");
        return new(process, Read(process));
    }

    /// <summary>Asks for a measurement.</summary>
    /// <returns>The answer; its key <c>error</c> says what failed.</returns>
    public JsonObject Ask(JsonObject question)
    {
        _process.StandardInput.WriteLine(question.ToJsonString());
        _process.StandardInput.Flush();
        return Read(_process);
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
            _process.Kill();
        _process.Dispose();
    }

    // Libraries print what they like; answers begin with a mark.
    private static JsonObject Read(Process process)
    {
        const string mark = "@@";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(mark, StringComparison.Ordinal))
                return JsonNode.Parse(line[mark.Length..])!.AsObject();
            Console.Error.WriteLine($"reference: {line}");
        }

        throw new FloydException("The reference ended early; what it says stands above.");
    }
}
