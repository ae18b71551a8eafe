namespace FloydSharp.IO.Hub;

/// <summary>What went wrong with the Hub or the cache.</summary>
public enum HubError
{
    /// <summary>No such repository, or a private or gated one without a token: the Hub does not tell these apart.</summary>
    RepositoryNotFound,

    /// <summary>The repository's licence has to be accepted first.</summary>
    Gated,

    /// <summary>The token is wrong or has expired.</summary>
    BadToken,

    /// <summary>The token does not allow this.</summary>
    NoPermission,

    /// <summary>No such branch, tag or commit.</summary>
    RevisionNotFound,

    /// <summary>No such file.</summary>
    FileNotFound,

    /// <summary>The repository was disabled.</summary>
    Disabled,

    /// <summary>The network is switched off by a setting.</summary>
    Offline,

    /// <summary>Nobody answers.</summary>
    Unreachable,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>The server fails.</summary>
    Server,

    /// <summary>The answer is not one of a Hub.</summary>
    NotAHub,

    /// <summary>What was sent is not what was announced.</summary>
    Damaged,

    /// <summary>The disk has not enough room.</summary>
    DiskFull,

    /// <summary>The cache cannot be written, or not be read.</summary>
    Cache,

    /// <summary>The repository lacks files that its own index names, or has them only in a form that is not read here.</summary>
    Unusable,
}
