using System.Globalization;
using System.Text;
using FloydSharp.Cascade;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Input;
using FloydSharp.Cli.Output;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cli.Progress;

/// <summary>Follows a cascade: shows its progress, saves pictures as they are finished, and keeps what the report needs.</summary>
/// <param name="view">What a person sees.</param>
/// <param name="folder">Where pictures go; null where a run makes none.</param>
/// <param name="printPaths">Whether paths are results.</param>
/// <param name="unnamed">What files are called after where there is no prompt.</param>
/// <param name="state">Where names are kept, so that a run that is continued gives the same ones; null for nowhere.</param>
/// <param name="manifests">Whether what pictures say about themselves is written beside them too.</param>
internal sealed class CascadeReporter(
    ProgressView view, OutputFolder? folder, bool printPaths, string unnamed = "", CascadeRunFolder? state = null, bool manifests = false) : IProgress<CascadeEvent>
{
    private const int ShownSide = 192;

    private readonly List<PictureFile> _files = [];
    private readonly SortedDictionary<int, ImageBuffer> _small = [];
    private readonly List<PhaseTiming> _timings = [];
    private readonly List<PhaseMemoryReport> _memory = [];
    private readonly List<string> _warnings = [];

    /// <summary>The pictures that were written.</summary>
    public IReadOnlyList<PictureFile> Files => _files;

    /// <summary>How much memory the phases took; null where it was not measured.</summary>
    public IReadOnlyList<PhaseMemoryReport>? Memory => _memory.Count > 0 ? _memory : null;

    /// <summary>The phases that have ended.</summary>
    public IReadOnlyList<PhaseTiming> Timings => _timings;

    /// <summary>What a person should know.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <inheritdoc/>
    public void Report(CascadeEvent value)
    {
        switch (value)
        {
            case CascadeEvent.PhaseStarted e:
                view.Begin(Where(e.Stage), e.Phase == CascadePhase.Load ? $"load {e.Component}" : Name(e.Phase));
                break;
            case CascadeEvent.Loading e:
                view.Report(e.Progress.LoadedBytes, e.Progress.TotalBytes, inBytes: true);
                break;
            case CascadeEvent.Stepped e:
                view.Report(e.Done, e.Total);
                break;
            case CascadeEvent.PhaseFinished e:
                view.End();
                if (e.Memory is { } memory)
                    _memory.Add(PhaseMemoryReport.Of(memory));
                _timings.Add(new(e.Stage, Name(e.Phase), e.Component, Math.Round(e.Elapsed.TotalSeconds, 3)) { Pass = e.Pass });
                break;
            case CascadeEvent.PromptsCut e:
                foreach (var cut in e.Cuts)
                    Warn(PromptCut.Describe(cut, e.Stage == 3 ? "stage III's text encoder" : "the text encoder"));
                break;
            case CascadeEvent.MemoryLowered e:
                Warn($"{Where(e.Stage)}: {e.Text}");
                break;
            case CascadeEvent.StageFinished e:
                if (e.Result.Stage == 1)
                    _small[e.Request] = e.Result.Pictures[0].Picture.Image;
                foreach (var picture in e.Result.Pictures)
                    Save(picture, e.Request);
                break;
        }
    }

    /// <summary>The file that candidates were kept in; null for none.</summary>
    public string? CandidatesFile { get; private set; }

    /// <summary>The picture with all candidates; null for none.</summary>
    public string? ContactSheet { get; private set; }

    /// <summary>Keeps candidates and shows them side by side with their numbers.</summary>
    public void Keep(Candidates candidates)
    {
        var first = candidates.Pictures[0];
        var (prompt, seed) = (first.Prompt, first.Seed);
        var name = prompt.Length > 0 ? prompt : unnamed;
        ContactSheet = folder!.NextFile(name, seed, "_sheet.png");
        var labels = candidates.Numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)).ToList();
        ImageFile.SavePng(ContactSheet, IO.Imaging.ContactSheet.Labelled([.. _small.Values.Select(Shown)], labels, (int)Math.Ceiling(Math.Sqrt(_small.Count)), gap: 4));
        CandidatesFile = folder.NextFile(name, seed, CandidatesText.Suffix);
        candidates.Save(CandidatesFile);
        if (printPaths)
        {
            view.Result(ContactSheet);
            view.Result(CandidatesFile);
        }

        view.Note($"the numbers are on the contact sheet; enlarge those that please: floyd {Verb(first.Start)} --pick {(candidates.Count > 2 ? "0,2" : "0")} --candidates-file {CandidatesFile}");
    }

    /// <summary>Says what a person should know, now and in the report.</summary>
    public void Warn(string line)
    {
        // What was said before the run is not said again in it.
        if (_warnings.Contains(line))
            return;
        _warnings.Add(line);
        view.Warn(line);
    }

    // Pictures of 64 pixels are hard to judge.
    private static ImageBuffer Shown(ImageBuffer small)
    {
        var factor = Math.Max(1, ShownSide / Math.Max(small.Width, small.Height));
        return factor == 1 ? small : Resampler.Resize(small, small.Width * factor, small.Height * factor, ResampleFilter.Bicubic);
    }

    private static string Verb(string? start) => start switch { null => "generate", "variation" => "vary", _ => "inpaint" };

    private static string Where(int stage) => stage == 0 ? "text" : $"stage {stage}";

    private static string Name(CascadePhase phase) => phase.ToString().ToLowerInvariant();

    private void Save(CascadePicture picture, int request)
    {
        var info = picture.Info;
        // Of requests that run together, each has one picture, or one request has them all.
        var index = request + info.Index;
        if (info.NsfwDetected == true)
            Warn($"stage {info.Stage}: the safety checker saw unsafe content in picture {index}, which is black now");
        if (info.WatermarkDetected == true)
            Warn($"stage {info.Stage}: the safety checker saw a stock photo's watermark in picture {index}, which is black now");
        if (folder is null)
            return;

        var path = SaveUnderNewName(picture, request, folder);
        _files.Add(new(path, info.Stage, index, info.Prompt, info.Seed, info.Width, info.Height, info.NsfwDetected, info.WatermarkDetected));
        if (printPaths)
            view.Result(path);
    }

    private string SaveUnderNewName(CascadePicture picture, int request, OutputFolder folder)
    {
        var info = picture.Info;
        var key = string.Create(CultureInfo.InvariantCulture, $"file/{request}/{info.Stage}/{info.Index}");
        while (true)
        {
            var again = false;
            var name = state is null ? NewName() : state.Choice(key, NewName, out again);
            var path = Path.Combine(folder.Path, Path.GetFileName(name));
            try
            {
                picture.Save(path, overwrite: again);
            }
            catch (FloydException) when (!again && File.Exists(path))
            {
                // Another process took the name since; the next one is free.
                state?.Forget(key);
                continue;
            }

            if (manifests)
                AtomicFile.Write(Path.ChangeExtension(path, ".json"), Encoding.UTF8.GetBytes(info.ToJson() + "\n"), overwrite: again);
            return path;
        }

        string NewName() => Path.GetFileName(folder.NextName(
            info.Prompt.Length > 0 ? info.Prompt : unnamed, info.Seed, info.Index, info.BatchSize, info.Stage, info.Width, info.Height, state));
    }
}
