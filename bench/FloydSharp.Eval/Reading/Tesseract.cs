using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reading;

/// <summary>Runs the program <c>tesseract</c> on many pictures at once: its start costs more than a line of text.</summary>
internal static class Tesseract
{
    private const string Missing = "The program 'tesseract' was not found; it reads the texts. Install it (Debian: apt-get install tesseract-ocr) or add it to PATH.";

    /// <summary>Whether the program can be started.</summary>
    public static bool IsInstalled { get; } = Probe();

    /// <summary>Fails early where the program is missing.</summary>
    /// <exception cref="FloydException">It says what to install.</exception>
    public static void Require()
    {
        if (!IsInstalled)
            throw new FloydException(Missing);
    }

    /// <summary>Reads pictures that hold one line each.</summary>
    /// <param name="pictures">Grey, dark letters on white.</param>
    /// <param name="mode">Page segmentation: 7 a line, 8 a word, 10 a letter.</param>
    /// <returns>Per picture the text and its certainty, 0 to 100.</returns>
    /// <exception cref="FloydException">The program is missing or fails.</exception>
    public static IReadOnlyList<(string Text, double Certainty)> Read(IReadOnlyList<ImageBuffer> pictures, int mode)
    {
        if (pictures.Count == 0)
            return [];
        var folder = Directory.CreateTempSubdirectory("floyd-eval-");
        try
        {
            var paths = new string[pictures.Count];
            for (var i = 0; i < paths.Length; i++)
            {
                paths[i] = Path.Combine(folder.FullName, $"{i}.pgm");
                WritePgm(paths[i], pictures[i]);
            }

            // Two processes, one thread each, use two cores better than the threads inside the program.
            var results = new (string Text, double Certainty)[paths.Length];
            var half = Math.Max(1, (paths.Length + 1) / 2);
            Parallel.ForEach(Enumerable.Range(0, (paths.Length + half - 1) / half), part =>
            {
                var from = part * half;
                var count = Math.Min(half, paths.Length - from);
                var list = Path.Combine(folder.FullName, $"list{part}.txt");
                File.WriteAllLines(list, paths.AsSpan(from, count).ToArray());
                Parse(Run(list, mode), results.AsSpan(from, count));
            });
            return results;
        }
        finally
        {
            folder.Delete(true);
        }
    }

    private static string Run(string list, int mode)
    {
        string[] arguments =
        [
            list, "-", "--psm", mode.ToString(CultureInfo.InvariantCulture), "--dpi", "150", "-c", "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "-c", "load_system_dawg=0", "-c", "load_freq_dawg=0", "-c", "tessedit_do_invert=0", "tsv",
        ];
        var start = new ProcessStartInfo("tesseract", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_THREAD_LIMIT"] = "1";
        try
        {
            using var process = Process.Start(start) ?? throw new FloydException(Missing);
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output
                : throw new FloydException($"tesseract ended with code {process.ExitCode}: {errors.Result.Trim().Split('\n')[^1]}; is its English data installed (Debian: tesseract-ocr-eng)?");
        }
        catch (Win32Exception e)
        {
            throw new FloydException(Missing, e);
        }
    }

    // level page block paragraph line word left top width height certainty text; words have level 5.
    private static void Parse(string table, Span<(string Text, double Certainty)> results)
    {
        var sums = new double[results.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = ("", 0);
        foreach (var line in table.Split('\n'))
        {
            var cells = line.Split('\t');
            if (cells.Length < 12 || cells[0] != "5")
                continue;
            var page = int.Parse(cells[1], CultureInfo.InvariantCulture) - 1;
            var text = cells[11].Trim();
            sums[page] += Math.Max(0, double.Parse(cells[10], CultureInfo.InvariantCulture)) * text.Length;
            var joined = results[page].Text + text;
            results[page] = (joined, joined.Length == 0 ? 0 : sums[page] / joined.Length);
        }
    }

    private static void WritePgm(string path, ImageBuffer picture)
    {
        using var file = File.Create(path);
        file.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P5 {picture.Width} {picture.Height} 255\n")));
        file.Write(picture.Pixels);
    }

    private static bool Probe()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("tesseract", ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            process?.StandardOutput.ReadToEnd();
            process?.WaitForExit();
            return process?.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
