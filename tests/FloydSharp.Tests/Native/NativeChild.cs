using System.Diagnostics;
using System.Runtime.CompilerServices;
using FloydSharp.Native;
using TorchSharp;

namespace FloydSharp.Tests.Native;

/// <summary>
/// Loading happens once in a process, so tests of it run this program again: with the variable set it does what that
/// says and ends, before any test runner starts.
/// </summary>
internal static class NativeChild
{
    private const string Variable = "FLOYD_TEST_CHILD";

    /// <summary>What the child printed and how it ended.</summary>
    internal sealed record Outcome(int ExitCode, string[] Output, string Error);

    [ModuleInitializer]
    internal static void RunIfChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } mode)
            return;
        Environment.Exit(Run(mode));
    }

    public static async Task<Outcome> StartAsync(string mode, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(NativeChild).Assembly.Location);
        start.Environment[Variable] = mode;
        foreach (var name in new[] { "FLOYD_LIBTORCH", "FLOYD_CACHE", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE" })
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries), await error);
    }

    private static int Run(string mode)
    {
        NativeLibraries.Initialize();
        try
        {
            if (mode == "folders")
            {
                Console.WriteLine(CacheFolders.Own);
                Console.WriteLine(CacheFolders.HuggingFaceHub);
                Console.WriteLine(CacheFolders.Writable("x"));
                return 0;
            }
            if (mode == "load")
                NativeLibraries.EnsureLoaded();
            Console.WriteLine(Sum());
            Console.WriteLine(NativeLibraries.Loaded!.Libtorch);
            Console.WriteLine(NativeLibraries.Loaded.IsChosen);
            Console.WriteLine(Copies("libtorch_cpu.so"));
            return 0;
        }
        catch (Exception e)
        {
            while (e is TypeInitializationException { InnerException: { } inner })
                e = inner;
            Console.WriteLine($"{e.GetType().Name}: {e.Message}");
            return 2;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Sum()
    {
        using var scope = torch.NewDisposeScope();
        // The scalar is what makes TorchSharp ask for torch_cpu.
        return (torch.ones(3, 4) * 2.ToScalar()).sum().item<float>();
    }

    private static int Copies(string file) =>
        File.ReadLines("/proc/self/maps").Where(l => l.EndsWith("/" + file)).Select(l => l[l.IndexOf('/')..]).Distinct().Count();
}
