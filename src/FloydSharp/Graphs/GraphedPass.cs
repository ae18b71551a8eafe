using System.Collections.Concurrent;
using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Graphs;

/// <summary>
/// A computation that is done many times over the same tensors, whose values change in between: the first time as it is, the
/// second time where it can be recorded (what libtorch sets up for a stream must be there before), then recorded and from there
/// on repeated. Where recording fails, it goes on as it is. For one thread.
/// </summary>
internal sealed class GraphedPass : IDisposable
{
    // Sums in another order are alike; kernels that were not recorded give something else.
    private const double LargestDifference = 0.01;

    private static readonly ConcurrentDictionary<string, bool> _trusted = [];

    private readonly Func<Tensor> _compute;
    private readonly string _key;
    private IGraphDevice? _device;
    private IRecordedWork? _work;
    private Tensor? _output;
    private long _bytes;
    private int _runs;

    /// <summary>Declares a computation.</summary>
    /// <param name="compute">Reads tensors that stay where they are, and returns a new one of the same shape each time. It must not wait for the device.</param>
    /// <param name="choice">Whether it is recorded.</param>
    /// <param name="key">Which model, shapes and dtype; the first graph of a key is held against the pass itself.</param>
    public GraphedPass(Func<Tensor> compute, GraphChoice choice, string key) =>
        (_compute, _device, Why, _key) = (compute, choice.Device, choice.Why, key);

    /// <summary>Whether the last run was a repetition of recorded work.</summary>
    public bool IsRecorded => _work is not null;

    /// <summary>Why it is not recorded, for people; null where it is or will be.</summary>
    public string? Why { get; private set; }

    /// <summary>Computes.</summary>
    /// <returns>The result; owned by the caller.</returns>
    public Tensor Run()
    {
        using var scope = NewDisposeScope();
        _runs++;
        if (_work is not null && TryRepeat())
            return _output!.clone().MoveToOuterDisposeScope();

        if (_device is not null && _runs == 2)
            return WarmUp().MoveToOuterDisposeScope();
        if (_device is not null && _runs > 2 && TryRecord())
            return _output!.clone().MoveToOuterDisposeScope();
        return _compute().MoveToOuterDisposeScope();
    }

    /// <summary>Ends recording and repeating, because what the computation reads is no longer where it was.</summary>
    /// <param name="why">Why, for people.</param>
    public void Stop(string why)
    {
        _work?.Dispose();
        _output?.Dispose();
        (_work, _output, _device, Why) = (null, null, null, Why ?? why);
    }

    /// <summary>Frees the recorded work and its result.</summary>
    public void Dispose()
    {
        _work?.Dispose();
        _output?.Dispose();
        (_work, _output, _device) = (null, null, null);
    }

    private bool TryRepeat()
    {
        try
        {
            _work!.Launch();
            return true;
        }
        catch (NativeLibraryException e)
        {
            Stop($"repeating failed: {e.Message}");
            return false;
        }
    }

    private Tensor WarmUp()
    {
        IDisposable stay;
        try
        {
            stay = _device!.Enter();
            _device.StartMeasuring();
        }
        catch (NativeLibraryException e)
        {
            Stop(e.Message);
            return _compute();
        }

        Tensor result;
        using (stay)
        {
            result = _compute();
            _bytes = _device.Measured();
        }

        _output = empty_like(result).DetachFromDisposeScope();
        return result;
    }

    private bool TryRecord()
    {
        if (!_device!.HasRoom(_bytes))
        {
            Stop($"{_bytes >> 20} MiB are not free for a graph");
            return false;
        }

        try
        {
            using var expected = _trusted.ContainsKey(_key) ? null : _compute();
            using (_device.Enter())
                _work = _device.Record(ComputeIntoOutput);
            _device.ReleaseUnused();
            _work!.Launch();
            if (expected is not null && !IsAlike(expected, _output!))
                throw new InvalidOperationException("its result differs");
            _trusted[_key] = true;
            return true;
        }
#pragma warning disable CA1031 // Whatever it is, the pass is computed as it is instead, where its own errors come up again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Stop($"recording failed: {FirstLine(e.Message)}");
            return false;
        }
    }

    private void ComputeIntoOutput()
    {
        using var scope = NewDisposeScope();
        _output!.copy_(_compute());
    }

    private static bool IsAlike(Tensor expected, Tensor got)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (expected.to(ScalarType.Float32), got.to(ScalarType.Float32));
        var difference = (b - a).norm();
        return difference.item<float>() <= LargestDifference * a.norm().item<float>();
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
