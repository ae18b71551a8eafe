namespace FloydSharp.IO.Hub;

/// <summary>What the Hub says of a repository.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Revision">The branch, tag or commit that was asked for.</param>
/// <param name="Commit">The commit this is at present, 40 hexadecimal digits.</param>
/// <param name="IsGated">Whether its licence has to be accepted before files can be had.</param>
public sealed record HubRepository(RepoId Id, string Revision, string Commit, bool IsGated);
