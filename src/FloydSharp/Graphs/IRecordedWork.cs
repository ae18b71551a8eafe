namespace FloydSharp.Graphs;

/// <summary>Work that was recorded. Frees its memory when it is disposed.</summary>
internal interface IRecordedWork : IDisposable
{
    /// <summary>Does it again, behind the work that this thread gave the device before, with what its tensors hold now.</summary>
    void Launch();
}
