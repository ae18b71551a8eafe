using System.Runtime.InteropServices;
using FloydSharp.Cli.Output;
using FloydSharp.IO;

namespace FloydSharp.Cli;

/// <summary>What is said about an exception, and the exit code.</summary>
/// <param name="Message">One line.</param>
/// <param name="Code">One of <see cref="ExitCode"/>.</param>
internal sealed record Failure(string Message, int Code)
{
    // errno on Linux and macOS, and Windows' ERROR_DISK_FULL as an HRESULT.
    private const int NoSpaceLeft = 28;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private const int MaxLength = 2000;

    private const string LessMemory =
        "free some, or need less: --dtype float16 (on a GPU), a smaller --size or --count, --tiled-decode, or --embeddings made before";

    /// <summary>Finds the words for an exception.</summary>
    public static Failure Of(Exception exception, CancellationToken cancellation)
    {
        var (message, code) = Describe(Unwrap(exception), cancellation);
        return new(Printable.Of(OneLine(message), MaxLength), code);
    }

    private static (string Message, int Code) Describe(Exception exception, CancellationToken cancellation) => exception switch
    {
        FloydException => (exception.Message, ExitCode.BadInput),
        OperationCanceledException when cancellation.IsCancellationRequested => ("stopped; what was finished is kept", ExitCode.Cancelled),
        OutOfMemoryException => ($"The memory is used up; {LessMemory}.", ExitCode.BadInput),
        ExternalException when IsOutOfMemory(exception.Message) => ($"{Device(exception.Message)} has no memory left; {LessMemory}.", ExitCode.BadInput),
        IOException io when io.HResult is NoSpaceLeft or WindowsDiskFull => ($"The disk is full ({io.Message}); free some space or choose another folder.", ExitCode.BadInput),
        FileNotFoundException { FileName: { } file } => ($"The file {file} does not exist.", ExitCode.BadInput),
        DirectoryNotFoundException => (exception.Message, ExitCode.BadInput),
        UnauthorizedAccessException => ($"{exception.Message} Check the permissions, or choose another place.", ExitCode.BadInput),
        IOException => ($"Reading or writing failed: {exception.Message}", ExitCode.BadInput),
        _ => ($"unexpected error, {exception.GetType().Name}: {FirstLine(exception.Message)} (run again with --debug to see where)", ExitCode.Unexpected),
    };

    // The runtime wraps what goes wrong in static constructors, where libtorch is loaded.
    private static Exception Unwrap(Exception exception) => exception switch
    {
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        AggregateException { InnerExceptions.Count: 1, InnerException: { } inner } => Unwrap(inner),
        _ => exception,
    };

    private static bool IsOutOfMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
        || message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase);

    private static string Device(string message) =>
        message.Contains("CUDA", StringComparison.OrdinalIgnoreCase) ? "The GPU" : "The machine";

    // libtorch appends the stack of its own calls.
    private static string FirstLine(string message) => message.Split('\n')[0];

    private static string OneLine(string message) => string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
