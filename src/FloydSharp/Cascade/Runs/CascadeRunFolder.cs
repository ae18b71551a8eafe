using System.Globalization;
using FloydSharp.Cascade.Records;
using FloydSharp.IO.Imaging;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Planning;

namespace FloydSharp.Cascade.Runs;

/// <summary>
/// A folder in which a run keeps its state while it lasts: a run that dies is continued from there, and ends in the very bytes
/// that it would have made. The folder appears once the run has lasted a while and is removed when it ends well. One process
/// works with it at a time.
/// </summary>
public sealed class CascadeRunFolder : IDisposable
{
    private const string Prefix = ".floyd-run-";
    private const string LockFile = "lock";

    private readonly RunSaving _saving;
    private readonly RunFiles _files;
    private readonly HashSet<string> _finished = [];
    private readonly Dictionary<string, string> _choices = [];
    private readonly long _start;
    private readonly IReadOnlyDictionary<int, PromptEmbeddings> _embeddings;
    private readonly Candidates? _candidates;
    private FileStream? _lock;
    private long _lastState;
    private long? _lastTiles;
    private Action<RunFiles>? _writeAll;

    private CascadeRunFolder(string path, RunSaving saving, string? note, RunRecord? record)
    {
        (Path, _saving, Note, Record) = (path, saving, note, record);
        _files = new(path);
        _start = _lastState = saving.Clock.GetTimestamp();
        _embeddings = record is null ? new Dictionary<int, PromptEmbeddings>() : _files.ReadEmbeddings(record.Requests);
        _candidates = record?.Candidates is null ? null : _files.ReadCandidates();
    }

    /// <summary>The folder, whether it is there yet or not.</summary>
    public string Path { get; }

    /// <summary>Whether the folder is there: whether the run can be continued if it ends now.</summary>
    public bool Exists => _lock is not null;

    /// <summary>What the application wanted to know again; null for nothing.</summary>
    public string? Note { get; }

    /// <summary>The models of a run that is continued.</summary>
    /// <exception cref="FloydException">This folder is for a new run, or the run's device is not here.</exception>
    public CascadeOptions Options => Opened.Options.ToOptions();

    /// <summary>The budget that a run that is continued was planned within; null for none.</summary>
    /// <exception cref="FloydException">This folder is for a new run.</exception>
    public MemoryBudget? Budget => Opened.Options.RamBudget is { } ram
        ? new(ram, Opened.Options.VramBudget) { RamIsFree = Opened.Options.RamIsFree ?? false } : null;

    /// <summary>The requests of a run that is continued.</summary>
    /// <exception cref="FloydException">This folder is for a new run, or the record is damaged.</exception>
    public IReadOnlyList<CascadeRequest> Requests
    {
        get
        {
            var pictures = _files.ReadPictures();
            return [.. Opened.Requests.Select((r, i) => _candidates is null ? Whole(r, i) : GoingOn(r, i, _candidates))];

            CascadeRequest Whole(RequestRecord record, int i) => record.ToRequest(
                Known(record.Start?.Picture.Sha256), Known(record.Start?.Mask?.Sha256), record.Embeddings is null ? null : _embeddings.GetValueOrDefault(i));

            CascadeRequest GoingOn(RequestRecord record, int i, Candidates candidates)
            {
                var place = Opened.Candidates!.ElementAtOrDefault(i);
                if (place < 0 || place >= candidates.Count)
                    throw new FloydException($"The run in {Path} goes on with candidate {place} of {candidates.Count}; it is damaged: delete the folder and start anew.");
                return record.ToRequest(Known(record.Start?.Picture.Sha256), Known(record.Start?.Mask?.Sha256), candidates.Embeddings) with
                {
                    Candidates = candidates,
                    CandidatePlace = place,
                    Embeddings = candidates.Embeddings,
                    EmbeddingsRow = candidates.Rows[place],
                };
            }

            ImageBuffer? Known(string? hash) => hash is null ? null : pictures.GetValueOrDefault(hash);
        }
    }

    /// <summary>The record of a run that is continued; null for a new one.</summary>
    internal RunRecord? Record { get; }

    private RunRecord Opened => Record ?? throw new FloydException("This folder is for a new run; there is nothing to continue yet.");

    /// <summary>Chooses a folder for a new run.</summary>
    /// <param name="parent">Where it will appear, such as the folder of the pictures.</param>
    /// <param name="saving">How often; null for the defaults.</param>
    /// <param name="note">What the application wants to know when the run is continued; null for nothing.</param>
    /// <returns>To be disposed by the caller after the run.</returns>
    public static CascadeRunFolder ForNew(string parent, RunSaving? saving = null, string? note = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(parent);
        saving ??= new();
        var time = saving.Clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return new(System.IO.Path.Combine(parent, $"{Prefix}{time}-{Guid.NewGuid():N}"[..^24]), saving, note, null);
    }

    /// <summary>The runs below a folder that have not ended, the oldest first; the folder itself where it is one.</summary>
    public static IReadOnlyList<string> Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (RunFiles.Exist(folder))
            return [folder];
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, Prefix + "*").Where(RunFiles.Exist).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Opens the folder of a run that has not ended, to continue it.</summary>
    /// <param name="folder">One of <see cref="Find"/>.</param>
    /// <param name="saving">How often the state is kept from now on; null for the defaults.</param>
    /// <returns>To be disposed by the caller after the run.</returns>
    /// <exception cref="FloydException">It is no such folder, is damaged, or another process works with it.</exception>
    public static CascadeRunFolder Open(string folder, RunSaving? saving = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!RunFiles.Exist(folder))
            throw new FloydException($"The folder {folder} holds no run that could be continued.");
        var locked = Lock(folder);
        try
        {
            var files = new RunFiles(folder);
            var (record, progress) = (files.ReadRun(), files.ReadProgress());
            var result = new CascadeRunFolder(folder, saving ?? new(), record.Note, record) { _lock = locked };
            result._finished.UnionWith(progress.Finished);
            foreach (var (key, name) in progress.Choices)
                result._choices[key] = name;
            return result;
        }
        catch
        {
            locked.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Something that a run chooses once, such as a file's name: what was chosen before it was stopped, or a new choice, which is
    /// kept before this returns.
    /// </summary>
    /// <param name="key">What it is for.</param>
    /// <param name="choose">Makes a new choice.</param>
    /// <param name="again">Whether the choice was made before.</param>
    public string Choice(string key, Func<string> choose, out bool again)
    {
        ArgumentNullException.ThrowIfNull(choose);
        again = _choices.TryGetValue(key, out var name);
        if (name is not null)
            return name;
        _choices[key] = name = choose();
        WriteProgress();
        return name;
    }

    /// <summary>Takes a choice back.</summary>
    public void Forget(string key) => _choices.Remove(key);

    /// <summary>Gives the run up: removes the folder.</summary>
    public void Discard() => Complete();

    /// <summary>Lets go of the folder; what is in it stays.</summary>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
        foreach (var embeddings in _embeddings.Values)
            embeddings.Dispose();
        _candidates?.Dispose();
    }

    /// <summary>Says how to write everything that is not written step by step, for when the time has come.</summary>
    internal void Attach(Action<RunFiles> writeAll) => _writeAll = writeAll;

    /// <summary>The embeddings of a request that were kept; owned by this object. Null where there are none.</summary>
    internal PromptEmbeddings? EmbeddingsOf(int request) => _embeddings.GetValueOrDefault(request);

    internal bool IsFinished(int request, int stage) => _finished.Contains(Key(request, stage));

    internal void Finish(int request, int stage)
    {
        _finished.Add(Key(request, stage));
        WriteProgress();
    }

    internal bool HasProduct(int request, int stage) => Record is not null && _files.HasProduct(request, stage);

    internal StageProduct ReadProduct(int request, int stage) => _files.ReadProduct(request, stage);

    internal void KeepProduct(int request, int stage, StageProduct product)
    {
        // What exists already is written with everything else when the folder is made.
        if (Exists)
            _files.WriteProduct(request, stage, product);
        else
            BeginWhenDue();
    }

    internal StageProduct? ReadTiles(int request, int stage) => Record is null ? null : _files.ReadTiles(request, stage);

    internal void OfferTiles(int request, int stage, StageProduct product)
    {
        if (!Exists && !BeginWhenDue())
            return;
        // Every time all tiles so far are written.
        if (_lastTiles is { } last && _saving.Clock.GetElapsedTime(last) < _saving.Every)
            return;
        _files.WriteTiles(request, stage, product);
        _lastTiles = _saving.Clock.GetTimestamp();
    }

    internal IReadOnlyList<ImageBuffer> ReadHandedOver(int request, int stage) => _files.ReadHandedOver(request, stage);

    internal void KeepHandedOver(int request, int stage, IReadOnlyList<ImageBuffer> pictures)
    {
        if (Exists)
            _files.WriteHandedOver(request, stage, pictures);
    }

    internal DenoisingState? ReadState(int request, int stage, int part) => Record is null ? null : _files.ReadState(request, stage, part);

    internal void OfferState(int request, int stage, int part, bool stopping, Func<DenoisingState> state)
    {
        if (!Exists && !BeginWhenDue())
            return;
        if (!stopping && _saving.Clock.GetElapsedTime(_lastState) < _saving.Every)
            return;
        using (var now = state())
            _files.WriteState(request, stage, part, now);
        _lastState = _saving.Clock.GetTimestamp();
    }

    /// <summary>Ends the run well: removes the folder.</summary>
    internal void Complete()
    {
        if (!Exists)
            return;
        try
        {
            _files.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The pictures are there; a folder that stays is no reason to fail.
        }

        _lock?.Dispose();
        _lock = null;
    }

    private static string Key(int request, int stage) => string.Create(CultureInfo.InvariantCulture, $"{request}/{stage}");

    private static FileStream Lock(string folder)
    {
        try
        {
            return new(System.IO.Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"The run in {folder} is under way in another process, or its folder cannot be written ({e.Message.TrimEnd('.')}).", e);
        }
    }

    private bool BeginWhenDue()
    {
        if (_saving.Clock.GetElapsedTime(_start) < _saving.After || _writeAll is null)
            return false;
        Directory.CreateDirectory(Path);
        _lock = Lock(Path);
        // What makes the folder a run is written last.
        WriteProgress();
        _writeAll(_files);
        return true;
    }

    private void WriteProgress()
    {
        if (Exists)
            _files.WriteProgress(new() { Finished = [.. _finished], Choices = _choices });
    }
}
