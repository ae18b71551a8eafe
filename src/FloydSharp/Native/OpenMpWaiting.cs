using System.Runtime.InteropServices;

namespace FloydSharp.Native;

/// <summary>How libtorch's threads wait for each other between operations; GNU's OpenMP reads it from the environment as it is loaded.</summary>
internal static partial class OpenMpWaiting
{
    /// <summary>The variable of GNU's OpenMP (libgomp): turns of the loop in which a thread waits before it sleeps.</summary>
    public const string Variable = "GOMP_SPINCOUNT";

    /// <summary>
    /// What it becomes. With few processors any other program shares them, and threads sleep at once. With many, waking them
    /// all costs more, and a few microseconds bridge the gap between two operations; libgomp's own choice is milliseconds.
    /// </summary>
    public static string Turns { get; } = Environment.ProcessorCount <= FewProcessors ? "0" : "1000";

    private const int FewProcessors = 4;

    // The standard's choice between waiting awake and asleep; who made it knows why.
    private const string Policy = "OMP_WAIT_POLICY";

    /// <summary>
    /// Lets threads sleep soon, unless the user chose otherwise. Awake they take the processor from the very thread they
    /// wait for wherever another program uses it too: small models then run five times slower.
    /// </summary>
    public static void Configure()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Policy)))
            _ = SetVariable(Variable, Turns, overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
