namespace FloydSharp.IO;

/// <summary>
/// An error whose message is written for a person: what was wrong, what was expected, what to do next, on one line.
/// Applications print <see cref="Exception.Message"/> without a stack trace and exit with code 2.
/// </summary>
public class FloydException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One line: what was got, what was expected, what to do.</param>
    public FloydException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error over the one that caused it.</summary>
    /// <param name="message">One line: what was got, what was expected, what to do.</param>
    /// <param name="innerException">The cause; shown only on request.</param>
    public FloydException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
