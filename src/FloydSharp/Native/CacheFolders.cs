namespace FloydSharp.Native;

/// <summary>Where FloydSharp keeps files that can be made again, and where the Hugging Face cache lies.</summary>
public static class CacheFolders
{
    /// <summary>The variable that overrides <see cref="Own"/>.</summary>
    public const string OverrideVariable = "FLOYD_CACHE";

    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// FloydSharp's own cache: <c>FLOYD_CACHE</c>, else <c>XDG_CACHE_HOME/floydsharp</c>, else <c>~/.cache/floydsharp</c>.
    /// It need not exist.
    /// </summary>
    public static string Own => Variable(OverrideVariable) ?? Path.Combine(UserCache, "floydsharp");

    /// <summary>
    /// The Hugging Face hub's cache: <c>HF_HUB_CACHE</c>, else <c>HUGGINGFACE_HUB_CACHE</c>, else <c>HF_HOME/hub</c>,
    /// else <c>~/.cache/huggingface/hub</c>. It need not exist.
    /// </summary>
    public static string HuggingFaceHub =>
        Variable("HF_HUB_CACHE")
        ?? Variable("HUGGINGFACE_HUB_CACHE")
        ?? Path.Combine(Variable("HF_HOME") ?? Path.Combine(UserCache, "huggingface"), "hub");

    private static string UserCache =>
        Variable("XDG_CACHE_HOME")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>
    /// A folder of the own cache, made if needed and known to be writable. Where the cache cannot be written (a
    /// read-only home), a folder under the system's temporary one that only this user can enter.
    /// </summary>
    /// <param name="name">The folder's name below <see cref="Own"/>.</param>
    /// <returns>The folder's full path.</returns>
    /// <exception cref="NativeLibraryException">Neither place can be written.</exception>
    public static string Writable(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var wanted = Path.GetFullPath(Path.Combine(Own, name));
        if (TryPrepare(wanted, out var problem))
            return wanted;
        var own = Path.Combine(Path.GetTempPath(), $"floydsharp-{Environment.UserName}");
        var fallback = Path.Combine(own, name);
        if (TryPrepare(own, out var second) && TryMakePrivate(own, out second) && TryPrepare(fallback, out second))
            return fallback;
        throw new NativeLibraryException($"No cache folder can be written: {wanted} ({problem}), {fallback} ({second}); set {OverrideVariable} to a folder of yours.");
    }

    private static bool TryPrepare(string folder, out string problem)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, PrivateMode);
            var probe = Path.Combine(folder, $".probe-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            problem = "";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return false;
        }
    }

    // Anyone may make a folder in the temporary one, and libraries are loaded from here: only its owner may change the
    // mode, so this fails on another user's folder, and a link could lead to one.
    private static bool TryMakePrivate(string folder, out string problem)
    {
        problem = "";
        if (OperatingSystem.IsWindows())
            return true;
        try
        {
            if (new DirectoryInfo(folder).LinkTarget is not null)
                problem = "it is a link";
            else
                File.SetUnixFileMode(folder, PrivateMode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }
        return problem.Length == 0;
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
