using FloydSharp.IO;

namespace FloydSharp.Weights;

/// <summary>A checkpoint does not fit the model that its configuration describes.</summary>
public sealed class CheckpointException : FloydException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One line for a person.</param>
    /// <param name="report">All names, for programs.</param>
    public CheckpointException(string message, CheckpointReport report)
        : base(message) => Report = report;

    /// <summary>Which keys are missing, unexpected or misshapen.</summary>
    public CheckpointReport Report { get; }
}
