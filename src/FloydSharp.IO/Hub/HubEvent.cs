namespace FloydSharp.IO.Hub;

/// <summary>What happens during a download. Events come one at a time, from any thread.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="File">The file; null where the repository itself is asked for.</param>
public abstract record HubEvent(RepoId Repository, HubFile? File)
{
    /// <summary>A file's download begins.</summary>
    /// <param name="Repository">The repository.</param>
    /// <param name="File">The file.</param>
    /// <param name="Done">Bytes that are there from an earlier run; they are read again for the hash.</param>
    public sealed record Started(RepoId Repository, HubFile File, long Done) : HubEvent(Repository, File);

    /// <summary>A file's download goes on.</summary>
    /// <param name="Repository">The repository.</param>
    /// <param name="File">The file.</param>
    /// <param name="Done">Bytes that are there.</param>
    public sealed record Progress(RepoId Repository, HubFile File, long Done) : HubEvent(Repository, File);

    /// <summary>A file is there, complete and verified.</summary>
    /// <param name="Repository">The repository.</param>
    /// <param name="File">The file.</param>
    /// <param name="Downloaded">False where the cache had it already.</param>
    public sealed record Finished(RepoId Repository, HubFile File, bool Downloaded) : HubEvent(Repository, File);

    /// <summary>Something has to be waited for before it goes on.</summary>
    /// <param name="Repository">The repository.</param>
    /// <param name="File">The file; null where the repository itself is asked for.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Wait">How long; zero where that is not known.</param>
    public sealed record Waiting(RepoId Repository, HubFile? File, string Reason, TimeSpan Wait) : HubEvent(Repository, File);
}
