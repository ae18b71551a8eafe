using FloydSharp.IO;

namespace FloydSharp.Native;

/// <summary>
/// The native libraries (libtorch, TorchSharp's own, CUDA's) could not be found or loaded. The message says what was
/// tried and what to install or set.
/// </summary>
public sealed class NativeLibraryException : FloydException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One line: what was tried, what went wrong, what to do.</param>
    public NativeLibraryException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error over the one that caused it.</summary>
    /// <param name="message">One line: what was tried, what went wrong, what to do.</param>
    /// <param name="innerException">The loader's own error; shown only on request.</param>
    public NativeLibraryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
