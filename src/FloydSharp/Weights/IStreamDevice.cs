using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>
/// A device with two queues of work, computing and copying, that wait for each other at marks. Copies are made on one thread, which
/// enters the queue of copies once.
/// </summary>
internal interface IStreamDevice : IDisposable
{
    /// <summary>Where slots are.</summary>
    Device Device { get; }

    /// <summary>Memory of the host that the device copies from at full speed while others go on; null where slots are memory of the host themselves.</summary>
    /// <param name="bytes">How many.</param>
    /// <returns>Its address; to be given to <see cref="FreeHostMemory"/>.</returns>
    nint? NewHostMemory(long bytes);

    /// <summary>Gives the host's memory back, of which nothing is being copied any more.</summary>
    void FreeHostMemory(nint memory);

    /// <summary>Begins to copy memory of the host to the device, behind the copies so far.</summary>
    /// <param name="source">As much as the target takes, its dtype.</param>
    /// <param name="target">Contiguous, on the device. Not disposed.</param>
    void Copy(nint source, Tensor target);

    /// <summary>Sends the calling thread's own operations to the device into the queue of copies until the result is disposed.</summary>
    IDisposable EnterCopies();

    /// <summary>Makes a mark that nothing waits for yet.</summary>
    /// <returns>Owned by the caller.</returns>
    IStreamMark NewMark();

    /// <summary>Waits until the device has done all work.</summary>
    void Synchronize();
}

/// <summary>A point in a queue. Waiting for one that was never set is over at once.</summary>
internal interface IStreamMark : IDisposable
{
    /// <summary>Sets the mark after all copies so far.</summary>
    void SetAfterCopies();

    /// <summary>Sets the mark after all computing so far.</summary>
    void SetAfterComputing();

    /// <summary>Copies from now on wait for the mark.</summary>
    void HoldCopies();

    /// <summary>Computing from now on waits for the mark.</summary>
    void HoldComputing();

    /// <summary>Waits for the mark.</summary>
    void Wait();
}
