using TorchSharp;

namespace FloydSharp.Native;

/// <summary>Another number of libtorch's threads for a while. To be disposed on the thread that made it, whose number it is.</summary>
internal readonly struct ThreadCount : IDisposable
{
    private readonly int? _before;

    private ThreadCount(int? before) => _before = before;

    /// <summary>Sets the number until the result is disposed.</summary>
    /// <param name="threads">At least 1; null leaves it as it is.</param>
    public static ThreadCount Of(int? threads)
    {
        var now = threads is null ? 0 : torch.get_num_threads();
        if (threads is not { } wanted || wanted == now)
            return default;
        torch.set_num_threads(wanted);
        return new(now);
    }

    /// <summary>Gives the number back that was there before.</summary>
    public void Dispose()
    {
        if (_before is { } before)
            torch.set_num_threads(before);
    }
}
