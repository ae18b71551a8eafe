namespace FloydSharp.IO.Hub;

/// <summary>An error of the Hub or its cache; the message says what to do.</summary>
public sealed class HubException : FloydException
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">One line: what was got, what was expected, what to do.</param>
    public HubException(HubError error, string message)
        : base(message) => Error = error;

    /// <summary>Creates the error over the one that caused it.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">One line: what was got, what was expected, what to do.</param>
    /// <param name="innerException">The cause; shown only on request.</param>
    public HubException(HubError error, string message, Exception innerException)
        : base(message, innerException) => Error = error;

    /// <summary>What went wrong.</summary>
    public HubError Error { get; }
}
