using System.CommandLine;
using FloydSharp.Cli.Output;
using FloydSharp.IO;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd cache</c>: what was downloaded, and making room.</summary>
internal sealed class CacheCommand(CacheSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new CacheSettings();
        return settings.ToCommand("cache", "List what was downloaded from the Hub, or delete it.", () => new CacheCommand(settings, host).Run());
    }

    private void Run()
    {
        var (doomed, revision) = (settings.Doomed, settings.Revision);
        var cache = new HubCache(host.Hub().CacheFolder);
        if (doomed.Count == 0)
            List(cache);
        else
            Delete(cache, doomed, revision);
    }

    private void List(HubCache cache)
    {
        var all = cache.List();
        var bytes = all.Sum(r => r.Bytes);
        if (settings.Json)
        {
            Json.Write(host.Out, new CacheReport(cache.Folder, bytes, [.. all.Select(r => new CachedModel(
                r.Id.Text, r.Folder, r.Bytes, r.PartialBytes, [.. r.Revisions.Select(v => new CachedCommit(v.Commit, v.Names, v.Files, v.Bytes))]))]));
            return;
        }

        var columns = new Columns(host.Out);
        foreach (var repository in all)
        {
            columns.Line($"{Units.Bytes(repository.Bytes),8}  {repository.Id}");
            foreach (var revision in repository.Revisions)
                columns.Line($"{"",10}{revision.Commit[..10]}{string.Concat(revision.Names.Select(n => " " + n))}: {revision.Files} files, {Units.Bytes(revision.Bytes)}");
            if (repository.PartialBytes > 0)
                columns.Line($"{"",10}unfinished: {Units.Bytes(repository.PartialBytes)}");
        }

        columns.Line(all.Count == 0 ? $"nothing in {cache.Folder}" : $"{Units.Bytes(bytes),8}  in {cache.Folder}");
    }

    private void Delete(HubCache cache, IReadOnlyList<RepoId> doomed, string? revision)
    {
        var there = cache.List();
        foreach (var id in doomed.Where(id => there.All(r => r.Id != id)))
            throw new FloydException($"The cache {cache.Folder} has no {id}; floyd cache lists what is there.");
        if (!settings.Yes && !Confirmed(cache, doomed, revision, there.Where(r => doomed.Contains(r.Id)).Sum(r => r.Bytes)))
        {
            host.Error.WriteLine("nothing was deleted");
            return;
        }

        var freed = doomed.Sum(id => revision is null ? cache.Delete(id) : cache.Delete(id, revision));
        if (settings.Json)
            Json.Write(host.Out, new CacheDeletion(cache.Folder, [.. doomed.Select(id => id.Text)], freed));
        else
            host.Out.WriteLine($"{Units.Bytes(freed)} became free");
    }

    private bool Confirmed(HubCache cache, IReadOnlyList<RepoId> doomed, string? revision, long bytes)
    {
        if (!host.InIsTerminal)
            throw new FloydException("Nobody can be asked whether to delete; add --yes to delete without asking.");
        var what = revision is null ? Units.Bytes(bytes) : $"revision {revision}";
        host.Error.Write(Printable.Of($"Delete {string.Join(", ", doomed)} ({what}) from {cache.Folder}? [y/N] ", 2000));
        host.Error.Flush();
        return host.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
