using FloydSharp.Graphs;
using FloydSharp.Native;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Graphs;

public sealed class GraphedPassTests : IDisposable
{
    private readonly Tensor _input = zeros(3);
    private int _computed;

    public void Dispose() => _input.Dispose();

    [Fact]
    public void Run_ManyTimes_RunsTwiceThenRecordsOnceThenRepeats()
    {
        var device = new FakeGraphDevice();
        using (var pass = Pass(device))
        {
            Assert.Equal([1f, 2, 3, 4, 5, 6], Enumerable.Range(1, 6).Select(i => RunWith(pass, i)));
            Assert.True(pass.IsRecorded);
            Assert.Null(pass.Why);
        }

        Assert.Equal((2, 1, 0), (device.Entered, device.Recordings, device.Open));
        Assert.Equal(4, device.Launches);
    }

    [Fact]
    public void Run_SecondPassOfAKey_IsNotComparedAgain()
    {
        var key = Guid.NewGuid().ToString();
        foreach (var expected in new[] { 3, 2 })
        {
            _computed = 0;
            using var pass = Pass(new(), key);
            for (var i = 1; i <= 5; i++)
                RunWith(pass, i);
            Assert.Equal(expected, _computed);
        }
    }

    [Fact]
    public void Run_WithoutADevice_ComputesEachTime()
    {
        using var pass = new GraphedPass(() => Compute(null), new(null, "no GPU"), NewKey());
        Assert.Equal([1f, 2, 3, 4], Enumerable.Range(1, 4).Select(i => RunWith(pass, i)));
        Assert.Equal(4, _computed);
        Assert.False(pass.IsRecorded);
        Assert.Equal("no GPU", pass.Why);
    }

    [Fact]
    public void Run_RepeatedWorkGivesSomethingElse_GoesOnWithoutIt()
    {
        var device = new FakeGraphDevice();
        using var pass = new GraphedPass(() => device.IsAtWork ? _input * 2 : _input * 1, new(device, null), NewKey());
        Assert.Equal([1f, 2, 3, 4, 5], Enumerable.Range(1, 5).Select(i => RunWith(pass, i)));
        Assert.False(pass.IsRecorded);
        Assert.Contains("differs", pass.Why, StringComparison.Ordinal);
        Assert.Equal(0, device.Open);
    }

    [Fact]
    public void Run_NoRoomForAGraph_GoesOnWithoutIt()
    {
        var device = new FakeGraphDevice { Room = false };
        using var pass = Pass(device);
        Assert.Equal([1f, 2, 3, 4], Enumerable.Range(1, 4).Select(i => RunWith(pass, i)));
        Assert.Equal("1 MiB are not free for a graph", pass.Why);
        Assert.Equal((0, 0), (device.Recordings, device.Open));
    }

    [Fact]
    public void Run_StreamCannotBeEntered_GoesOnWithoutIt()
    {
        var device = new FakeGraphDevice { FailsToEnter = new NativeLibraryException("no streams") };
        using var pass = Pass(device);
        Assert.Equal([1f, 2, 3, 4], Enumerable.Range(1, 4).Select(i => RunWith(pass, i)));
        Assert.Equal("no streams", pass.Why);
    }

    [Fact]
    public void Run_ComputationFailsWhileRecorded_AbandonsAndGoesOn()
    {
        var device = new FakeGraphDevice();
        using var pass = new GraphedPass(
            () => device.IsRecording ? throw new InvalidOperationException("waits\nfor the device") : Compute(device), new(device, null), NewKey());
        Assert.Equal([1f, 2, 3, 4], Enumerable.Range(1, 4).Select(i => RunWith(pass, i)));
        Assert.Equal("recording failed: waits", pass.Why);
        Assert.Equal((0, 0), (device.Recordings, device.Open));
    }

    [Fact]
    public void Run_RepeatingFails_GoesOnWithoutIt()
    {
        var device = new FakeGraphDevice { FailsAfter = 2 };
        using var pass = Pass(device);
        Assert.Equal([1f, 2, 3, 4, 5, 6], Enumerable.Range(1, 6).Select(i => RunWith(pass, i)));
        Assert.Equal("repeating failed: error 700", pass.Why);
        Assert.Equal(0, device.Open);
    }

    [Fact]
    public void Run_RecordingDoesNotEnd_GoesOnWithoutIt()
    {
        var device = new FakeGraphDevice { FailsToRecord = new NativeLibraryException("error 901") };
        using var pass = Pass(device);
        Assert.Equal([1f, 2, 3, 4], Enumerable.Range(1, 4).Select(i => RunWith(pass, i)));
        Assert.Equal("recording failed: error 901", pass.Why);
        Assert.Equal(0, device.Open);
    }

    [Fact]
    public void Run_ComputationFailsInTheSecondRun_ThrowsAndLeavesTheStream()
    {
        var device = new FakeGraphDevice();
        using var pass = new GraphedPass(() => device.Open > 0 ? throw new TimeoutException() : Compute(device), new(device, null), NewKey());
        RunWith(pass, 1);
        Assert.Throws<TimeoutException>(() => RunWith(pass, 2));
        Assert.Equal(0, device.Open);
        pass.Stop("the memory ran out");
        Assert.Equal(3, RunWith(pass, 3));
        Assert.Equal("the memory ran out", pass.Why);
    }

    [Fact]
    public void Stop_AfterRecording_FreesAndComputesAgain()
    {
        var device = new FakeGraphDevice();
        using var pass = Pass(device);
        for (var i = 1; i <= 4; i++)
            RunWith(pass, i);
        pass.Stop("the weights moved");
        Assert.Equal(0, device.Open);
        Assert.Equal(7, RunWith(pass, 7));
        Assert.Equal("the weights moved", pass.Why);
    }

    private static string NewKey() => Guid.NewGuid().ToString();

    private GraphedPass Pass(FakeGraphDevice device, string? key = null) => new(() => Compute(device), new(device, null), key ?? NewKey());

    private Tensor Compute(FakeGraphDevice? device)
    {
        if (device is not { IsAtWork: true })
            _computed++;
        return _input * 1;
    }

    private float RunWith(GraphedPass pass, float value)
    {
        _input.fill_(value);
        using var result = pass.Run();
        return result[1].item<float>();
    }
}
