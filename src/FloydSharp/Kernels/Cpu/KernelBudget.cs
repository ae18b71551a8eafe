namespace FloydSharp.Kernels.Cpu;

/// <summary>Bytes that one model's kernels may keep.</summary>
/// <param name="bytes">All of them.</param>
internal sealed class KernelBudget(long bytes)
{
    private readonly Lock _gate = new();
    private long _taken;

    /// <summary>Bytes that are taken now.</summary>
    public long Taken
    {
        get
        {
            lock (_gate)
                return _taken;
        }
    }

    /// <summary>Takes some.</summary>
    /// <param name="wanted">How many.</param>
    /// <param name="matters">
    /// Whether they save much time each. What saves little leaves half of all bytes to what comes later.
    /// </param>
    /// <returns>False, and nothing is taken, where there is no room.</returns>
    public bool TryTake(long wanted, bool matters)
    {
        lock (_gate)
        {
            if (wanted > (matters ? bytes : bytes / 2) - _taken)
                return false;
            _taken += wanted;
            return true;
        }
    }

    /// <summary>Gives some back.</summary>
    public void Give(long taken)
    {
        lock (_gate)
            _taken -= taken;
    }
}
