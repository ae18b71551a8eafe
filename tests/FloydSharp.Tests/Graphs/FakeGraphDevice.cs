using FloydSharp.Graphs;
using Xunit;

namespace FloydSharp.Tests.Graphs;

/// <summary>Keeps what is recorded as a delegate, and counts what was opened and closed.</summary>
internal sealed class FakeGraphDevice : IGraphDevice
{
    public bool Room { get; init; } = true;

    public Exception? FailsToEnter { get; init; }

    public Exception? FailsToRecord { get; init; }

    /// <summary>After how many launches there are no more.</summary>
    public int FailsAfter { get; init; } = -1;

    public int Entered { get; private set; }

    public int Recordings { get; private set; }

    public int Launches { get; private set; }

    public int Open { get; private set; }

    public bool IsRecording { get; private set; }

    /// <summary>Whether work is recorded or repeated, rather than computed on its own.</summary>
    public bool IsAtWork { get; private set; }

    public IDisposable Enter()
    {
        if (FailsToEnter is not null)
            throw FailsToEnter;
        Entered++;
        Open++;
        return new Ending(() => Open--);
    }

    public IRecordedWork Record(Action work)
    {
        Assert.Equal(1, Open);
        Assert.False(IsRecording);
        (IsRecording, IsAtWork) = (true, true);
        try
        {
            work();
            if (FailsToRecord is not null)
                throw FailsToRecord;
        }
        finally
        {
            (IsRecording, IsAtWork) = (false, false);
        }

        Recordings++;
        Open++;
        return new Work(this, work);
    }

    public void StartMeasuring()
    {
    }

    public long Measured() => 1 << 20;

    public bool HasRoom(long bytes) => Room;

    public void ReleaseUnused() => Assert.False(IsRecording);

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    private sealed class Work(FakeGraphDevice owner, Action work) : IRecordedWork
    {
        public void Launch()
        {
            if (owner.Launches == owner.FailsAfter)
                throw new FloydSharp.Native.NativeLibraryException("error 700");
            owner.Launches++;
            owner.IsAtWork = true;
            work();
            owner.IsAtWork = false;
        }

        public void Dispose() => owner.Open--;
    }
}
