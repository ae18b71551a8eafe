namespace FloydSharp.IO.Safetensors;

/// <summary>A safetensors file or a set of them that cannot be read, is not trusted, or cannot be written.</summary>
public sealed class SafetensorsException : FloydException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The file or folder it is about.</param>
    /// <param name="problem">What was got, what was expected, what to do; one line.</param>
    public SafetensorsException(string path, string problem)
        : base($"{path}: {problem}") => Path = path;

    /// <summary>Creates the error over the one that caused it.</summary>
    /// <param name="path">The file or folder it is about.</param>
    /// <param name="problem">What was got, what was expected, what to do; one line.</param>
    /// <param name="innerException">The cause.</param>
    public SafetensorsException(string path, string problem, Exception innerException)
        : base($"{path}: {problem}", innerException) => Path = path;

    /// <summary>The file or folder the error is about.</summary>
    public string Path { get; }

    /// <summary>Makes errors about a file from a problem and its cause.</summary>
    internal static Func<string, Exception?, FloydException> About(string path) =>
        (problem, cause) => cause is null ? new SafetensorsException(path, problem) : new SafetensorsException(path, problem, cause);
}
