using FloydSharp.Native;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>
/// What the components of a run contain. Hashing begins on a thread of its own when a stage begins, so that it goes on while the
/// stage loads and denoises, and is waited for when the first picture is finished. Large files are read for it once ever.
/// </summary>
internal sealed class CheckpointHashes(IReadOnlyList<ComponentPlace> components, CancellationToken cancellation)
{
    private static readonly FileHashes _files = new(CacheFolder);

    private readonly Dictionary<int, Task<IReadOnlyList<(string Name, string Hash)>>> _groups = [];

    /// <summary>Begins with the components of a stage; 0 for the text encoder.</summary>
    public void Begin(int stage)
    {
        if (!_groups.ContainsKey(stage))
            _groups[stage] = Task.Run(() => Hash(stage), cancellation);
    }

    /// <summary>The hashes of some stages' components by name.</summary>
    public IReadOnlyDictionary<string, string> Of(IEnumerable<int> stages)
    {
        var wanted = stages.ToList();
        wanted.ForEach(Begin);
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, hash) in wanted.SelectMany(stage => _groups[stage].GetAwaiter().GetResult()))
            result[name] = hash;
        return result;
    }

    /// <summary>The hashes of one stage's components when they are there; begins with them.</summary>
    public Task<IReadOnlyList<(string Name, string Hash)>> Group(int stage)
    {
        Begin(stage);
        return _groups[stage];
    }

    /// <summary>The hashes of one stage's components where they are known already; null where large files would have to be read.</summary>
    public IReadOnlyDictionary<string, string>? TryKnown(int stage)
    {
        var known = _groups.TryGetValue(stage, out var task) && task.IsCompletedSuccessfully;
        return known || Here(stage).All(c => ComponentFiles.IsQuick(c.Folder, c.Load, _files)) ? Of([stage]) : null;
    }

    /// <summary>Names, sizes and times of all components' files, by name; reads none.</summary>
    public static IReadOnlyDictionary<string, string> Stamps(IReadOnlyList<ComponentPlace> components) =>
        components.Where(c => Directory.Exists(c.Folder)).ToDictionary(c => c.Name, c => ComponentFiles.Stamp(c.Folder, c.Load));

    private static string? CacheFolder()
    {
        try
        {
            return CacheFolders.Writable("hashes");
        }
        catch (NativeLibraryException)
        {
            return null;
        }
    }

    private IReadOnlyList<(string Name, string Hash)> Hash(int stage) =>
        [.. Here(stage).Select(c => (c.Name, ComponentFiles.Hash(c.Folder, c.Load, _files, cancellation)))];

    private IEnumerable<ComponentPlace> Here(int stage) => components.Where(c => c.Stage == stage && Directory.Exists(c.Folder));
}
