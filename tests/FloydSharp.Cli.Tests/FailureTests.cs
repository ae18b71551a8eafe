using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using FloydSharp.IO;
using FloydSharp.Native;

namespace FloydSharp.Cli.Tests;

public class FailureTests
{
    private static readonly CancellationToken _cancelled = new(canceled: true);

    [SuppressMessage("Usage", "CA2201", Justification = "The runtime and TorchSharp throw these.")]
    public static TheoryData<Exception, int, string> Known => new()
    {
        { new FloydException("two\nlines"), ExitCode.BadInput, "two lines" },
        { new TypeInitializationException("torch", new NativeLibraryException("install it")), ExitCode.BadInput, "install it" },
        { new AggregateException(new FloydException("inner")), ExitCode.BadInput, "inner" },
        { new OutOfMemoryException(), ExitCode.BadInput, "memory is used up" },
        { new ExternalException("CUDA out of memory. Tried to allocate 2.00 GiB\nException raised from malloc"), ExitCode.BadInput, "The GPU has no memory left" },
        { new ExternalException("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."), ExitCode.BadInput, "The machine has no memory left" },
        { new IOException("No space left on device", 28), ExitCode.BadInput, "The disk is full" },
        { new IOException("There is not enough space", unchecked((int)0x80070070)), ExitCode.BadInput, "The disk is full" },
        { new UnauthorizedAccessException("Access to the path '/x' is denied."), ExitCode.BadInput, "Check the permissions" },
        { new FileNotFoundException("gone", "weights.bin"), ExitCode.BadInput, "weights.bin does not exist" },
        { new DirectoryNotFoundException("Could not find a part of the path '/x'."), ExitCode.BadInput, "'/x'" },
        { new ExternalException("mat1 and mat2 shapes cannot be multiplied"), ExitCode.Unexpected, "--debug" },
        { new InvalidOperationException("oh"), ExitCode.Unexpected, "InvalidOperationException: oh" },
        { new OperationCanceledException(), ExitCode.Unexpected, "--debug" },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Of_AnException_GivesOneLineAndTheCode(Exception exception, int code, string words)
    {
        var failure = Failure.Of(exception, CancellationToken.None);
        Assert.Equal(code, failure.Code);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Of_CancellationThatWasAskedFor_Is130() =>
        Assert.Equal(ExitCode.Cancelled, Failure.Of(new OperationCanceledException(), _cancelled).Code);
}
