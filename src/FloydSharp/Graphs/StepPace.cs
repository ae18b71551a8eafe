using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Graphs;

/// <summary>
/// Keeps the host few steps ahead of a GPU, which works through what it is given later: progress stays true and a cancelled run
/// ends soon. Elsewhere it does nothing.
/// </summary>
internal sealed class StepPace : IDisposable
{
    private const int Ahead = 2;

    private readonly CudaStreams? _cuda;
    private readonly int _device;
    private readonly nint[] _events;
    private int _steps;

    private StepPace(CudaStreams? cuda, int device)
    {
        (_cuda, _device) = (cuda, device);
        _events = cuda is null ? [] : [.. Enumerable.Range(0, Ahead).Select(_ => cuda.NewEvent(device))];
    }

    /// <summary>For work on a device.</summary>
    public static StepPace For(Device device)
    {
        try
        {
            return new(device.type == TorchSharp.DeviceType.CUDA ? CudaStreams.Open() : null, Math.Max(0, device.index));
        }
        catch (NativeLibraryException)
        {
            return new(null, 0);
        }
    }

    /// <summary>Waits until the step before the last one is done.</summary>
    public void Wait()
    {
        if (_steps >= _events.Length && _cuda is not null)
            _cuda.Wait(_events[_steps % Ahead]);
    }

    /// <summary>Says that a step was given to the device.</summary>
    public void Mark()
    {
        if (_cuda is null)
            return;
        _cuda.Record(_events[_steps % Ahead], _cuda.CurrentStream(_device), _device);
        _steps++;
    }

    /// <summary>Frees the events.</summary>
    public void Dispose()
    {
        foreach (var one in _events)
            _cuda!.DeleteEvent(one);
    }
}
