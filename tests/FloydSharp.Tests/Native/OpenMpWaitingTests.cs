using System.Runtime.InteropServices;
using FloydSharp.Native;
using Xunit;

namespace FloydSharp.Tests.Native;

public sealed partial class OpenMpWaitingTests
{
    [Fact]
    public void EnsureLoaded_WithoutAChoiceOfTheUser_LetsThreadsSleepSoon()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "GNU's OpenMP comes with libtorch on Linux.");
        var chosen = Environment.GetEnvironmentVariable(OpenMpWaiting.Variable);
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY")), "OMP_WAIT_POLICY is set.");

        NativeLibraries.EnsureLoaded();

        Assert.Equal(chosen ?? OpenMpWaiting.Turns, Marshal.PtrToStringUTF8(GetVariable(OpenMpWaiting.Variable)));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);
}
