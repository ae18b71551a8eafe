namespace FloydSharp.IO.Hub;

/// <summary>A failure that may pass by itself: the request is worth another try.</summary>
internal sealed class TransientFault : Exception
{
    public TransientFault(HubError error, string reason, Exception? cause = null)
        : base(reason, cause) => Error = error;

    /// <summary>What it is where it does not pass.</summary>
    public HubError Error { get; }

    /// <summary>How long the server asks to wait; null where it does not say.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Whether what was there of a file does not help and has to go.</summary>
    public bool FromZero { get; init; }
}
