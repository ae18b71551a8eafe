using System.Globalization;
using FloydSharp.Cascade.Runs;
using FloydSharp.IO;

namespace FloydSharp.Cli.Output;

/// <summary>
/// Where pictures go. Names sort by prompt, seed, picture, stage: <c>red-panda_s42_p00_1-64x64.png</c>. A run whose names are
/// taken becomes <c>red-panda_s42-2_p00_1-64x64.png</c>, so that its pictures stay together.
/// </summary>
internal sealed class OutputFolder
{
    private readonly Dictionary<string, int> _runs = [];

    private OutputFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Makes the folder where it is missing, and tries whether files can be written there.</summary>
    /// <exception cref="FloydException">They cannot.</exception>
    public static OutputFolder Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            CheckWritable(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FloydException($"Files cannot be written to the folder {path} ({e.Message.TrimEnd('.')}); choose another one with --out.", e);
        }

        return new(path);
    }

    /// <summary>Tries whether a file can be written, and that it does not exist yet.</summary>
    /// <param name="option">The option that names the file, for errors.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="FloydException">It exists or cannot be written.</exception>
    public static void CheckNewFile(string option, string path)
    {
        if (File.Exists(path) || Directory.Exists(path))
            throw new FloydException($"{option} {path} exists already, and nothing is overwritten; choose another name.");
        try
        {
            CheckWritable(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FloydException($"{option} {path} cannot be written ({e.Message.TrimEnd('.')}); choose another place.", e);
        }
    }

    /// <summary>A name for a picture that no file has.</summary>
    /// <param name="prompt">Its prompt.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="index">Its number in the batch, from 0.</param>
    /// <param name="batchSize">How many pictures the batch has.</param>
    /// <param name="stage">The stage that made it.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="state">Remembers which names a run has, for when it is continued; null for nothing.</param>
    /// <returns>The path.</returns>
    public string NextName(string prompt, long seed, int index, int batchSize, int stage, int width, int height, CascadeRunFolder? state = null)
    {
        var start = $"{FileSlug.Of(prompt)}_s{seed.ToString(CultureInfo.InvariantCulture)}";
        var digits = Math.Max(2, (batchSize - 1).ToString(CultureInfo.InvariantCulture).Length);
        var picture = $"p{index.ToString("D" + digits, CultureInfo.InvariantCulture)}_{stage}-{width}x{height}";
        if (!_runs.TryGetValue(start, out var run))
            _runs[start] = run = state is null ? FreeRun(start, stage) : Remembered(start, stage, state);
        var name = run == 1 ? $"{start}_{picture}" : $"{start}-{run}_{picture}";

        var path = System.IO.Path.Combine(Path, name + ".png");
        for (var again = 2; File.Exists(path) || Directory.Exists(path); again++)
            path = System.IO.Path.Combine(Path, $"{name}-{again}.png");
        return path;
    }

    /// <summary>A name that no file has for what belongs to all pictures of a run.</summary>
    /// <param name="prompt">The first picture's prompt.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="suffix">What it is, such as <c>_sheet.png</c>.</param>
    /// <returns>The path.</returns>
    public string NextFile(string prompt, long seed, string suffix)
    {
        var start = $"{FileSlug.Of(prompt)}_s{seed.ToString(CultureInfo.InvariantCulture)}";
        for (var again = _runs.GetValueOrDefault(start, 1); ; again++)
        {
            var path = System.IO.Path.Combine(Path, (again == 1 ? start : $"{start}-{again}") + suffix);
            if (!File.Exists(path) && !Directory.Exists(path))
                return path;
        }
    }

    private int Remembered(string start, int stage, CascadeRunFolder state) => int.TryParse(
        state.Choice($"run/{start}", () => FreeRun(start, stage).ToString(CultureInfo.InvariantCulture), out _), NumberStyles.None, CultureInfo.InvariantCulture, out var run) && run > 0
        ? run
        : FreeRun(start, stage);

    // A run that begins with a later stage goes on with pictures of earlier ones, which are no other run's.
    private int FreeRun(string start, int stage)
    {
        for (var run = 1; ; run++)
        {
            var prefix = (run == 1 ? start : $"{start}-{run}") + "_p";
            if (!Enumerable.Range(stage, 4 - stage).Any(s => Directory.EnumerateFileSystemEntries(Path, $"{prefix}*_{s}-*").Any()))
                return run;
        }
    }

    private static void CheckWritable(string folder)
    {
        var probe = System.IO.Path.Combine(folder, $".floyd-{Guid.NewGuid():N}.tmp");
        using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        file.WriteByte(0);
    }
}
