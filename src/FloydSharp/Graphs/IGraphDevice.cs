namespace FloydSharp.Graphs;

/// <summary>A device that can record work and do it again at once, which saves launching thousands of kernels one by one.</summary>
internal interface IGraphDevice
{
    /// <summary>Lets this thread's work go where it can be recorded, behind what the device was given before.</summary>
    /// <returns>Ends that when it is disposed, on the same thread; later work waits for the work in between.</returns>
    IDisposable Enter();

    /// <summary>Keeps work instead of doing it. Between <see cref="Enter"/> and its end.</summary>
    /// <param name="work">Gives this thread's work to the device; must not wait for it.</param>
    /// <returns>What was recorded; owned by the caller.</returns>
    IRecordedWork Record(Action work);

    /// <summary>Begins to measure the memory that work takes beside what is there now.</summary>
    void StartMeasuring();

    /// <summary>The most that was taken since <see cref="StartMeasuring"/>, in bytes.</summary>
    long Measured();

    /// <summary>Whether so many bytes can be had beside what tensors hold now, with some to spare.</summary>
    bool HasRoom(long bytes);

    /// <summary>Gives memory that no tensor holds back to the device, for recorded work has its own.</summary>
    void ReleaseUnused();
}
