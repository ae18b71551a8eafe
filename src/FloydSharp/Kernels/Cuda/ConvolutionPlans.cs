using System.Diagnostics;
using FloydSharp.Memory;
using FloydSharp.Native;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>Convolutions by the kernels of cuDNN that were the fastest when each shape was first met, where libtorch takes what cuDNN guesses.</summary>
/// <remarks>
/// <para>
/// The first time a shape is computed, up to ten of cuDNN's plans for it are run on the tensors at hand, each a few times and not again
/// when it has taken 30 ms or is twice as slow as the best; once for each kind of GPU and version of cuDNN, for the choice is kept
/// (<see cref="ConvolutionChoices"/>). <see cref="MeasuredConvolution.Elapsed"/> is what it took. Nothing is measured while a stream is being recorded. libtorch could measure too, but takes
/// all of the device's free memory for it.
/// </para>
/// <para>
/// The choice does not depend on the memory that is free: the workspace is bounded, and a plan that finds no room ends with an
/// error instead of giving way to another. Results are the same wherever weights are, and from run to run.
/// </para>
/// </remarks>
internal sealed class ConvolutionPlans : IDisposable
{
    /// <summary>
    /// The largest workspace of a plan. The fast kernels for channels-last features need none, or some MiB to add up what was split;
    /// those above copy their whole input. Plans of memory for a GPU count this much.
    /// </summary>
    public const long WorkspaceBytes = 64L << 20;

    private const int MostPlans = 10;
    private const int Alignment = 16;

    private static readonly Dictionary<int, ConvolutionPlans> _opened = [];
    private static readonly Lock _opening = new();

    // One thread at a time: neither cuDNN's handle nor all of its plans may be used by two.
    private readonly Lock _gate = new();

    private readonly Dictionary<ConvolutionShape, ConvolutionPlan?> _plans = [];
    private readonly List<ConvolutionPlan> _recorded = [];
    private readonly List<MeasuredConvolution> _measured = [];
    private readonly int _device;
    private readonly ConvolutionChoices _choices;
    private readonly Cudnn _cudnn;
    private readonly CudaStreams _streams = CudaStreams.Open();
    private readonly CudaGraphs _graphs = CudaGraphs.Open();
    private readonly CudaRuntime _runtime;
    private readonly EngineRules _rules;
    private readonly string _machine;
    private readonly nint _handle;
    private nint? _stream;

    /// <summary>Makes one of its own; others are shared (<see cref="For"/>).</summary>
    /// <param name="device">The device, whose context must exist and be this thread's current one.</param>
    /// <param name="choices">Where choices are kept.</param>
    internal ConvolutionPlans(int device, ConvolutionChoices choices)
    {
        (_device, _choices) = (device, choices);
        _cudnn = Cudnn.Open();
        _runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("CUDA's runtime library is not loaded.");
        var capability = _runtime.ComputeCapability(device);
        _rules = new(_cudnn.Version, capability);
        _machine = $"{CudaDriver.DeviceName(device)}, {_runtime.Multiprocessors(device)} multiprocessors of {capability}, cuDNN {_cudnn.Version}, rules {EngineRules.Edition}";
        _handle = _cudnn.NewHandle();
    }

    /// <summary>What was measured by this process, in order.</summary>
    public IReadOnlyList<MeasuredConvolution> Measured
    {
        get
        {
            lock (_gate)
                return [.. _measured];
        }
    }

    /// <summary>The last thing that cuDNN would not do, for people; null where all went well.</summary>
    public string? LastProblem { get; private set; }

    /// <summary>The device's. They live as long as the process.</summary>
    /// <returns>Null where convolutions are left to libtorch; <see cref="CudnnSupport.Problem"/> says why.</returns>
    public static ConvolutionPlans? For(int device)
    {
        if (CudnnSupport.Problem() is not null)
            return null;
        lock (_opening)
        {
            if (_opened.TryGetValue(device, out var known))
                return known;
            try
            {
                return _opened[device] = new(device, ConvolutionChoices.Own());
            }
            catch (NativeLibraryException)
            {
                return null;
            }
        }
    }

    /// <summary>Convolves.</summary>
    /// <param name="rows">(B, H, W, Cin), dense. Not disposed.</param>
    /// <param name="filters">(Cout, Cin, k, k). Not disposed.</param>
    /// <param name="stride">In both directions.</param>
    /// <param name="padding">On each side.</param>
    /// <returns>(B, H', W', Cout), dense, owned by the caller; null where libtorch is to do it.</returns>
    public Tensor? TryConvolve(Tensor rows, Tensor filters, long stride, long padding)
    {
        if (is_grad_enabled() && (rows.requires_grad || filters.requires_grad))
            return null;
        using var scope = NewDisposeScope();
        var turned = PixelOrder.Rows(filters);                                // (Cout, k, k, Cin)
        var shape = ShapeOf(rows.shape, turned.shape, rows.dtype, stride, padding);
        var (x, w) = (TensorAddress.Of(rows), TensorAddress.Of(turned));
        if (!shape.IsUsual || x % Alignment != 0 || w % Alignment != 0)
            return null;
        lock (_gate)
        {
            if (_plans.TryGetValue(shape, out var plan) && plan is null)
                return null;
            var result = empty([shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.Outputs], rows.dtype, rows.device); // (B, H', W', Cout)
            var y = TensorAddress.Of(result);
            FollowStream();
            if ((plan ?? Find(shape, x, w, y)) is not { } found)
                return null;
            using (var workspace = Workspace(found.WorkspaceBytes))
                found.Run(_handle, x, w, y, workspace is null ? 0 : TensorAddress.Of(workspace));
            GC.KeepAlive((rows, filters));
            return result.MoveToOuterDisposeScope();
        }
    }

    /// <summary>Frees plans and handle; waits for the device.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _runtime.Synchronize(_device);
            foreach (var plan in _plans.Values.Concat(_recorded))
                plan?.Dispose();
            _plans.Clear();
            _recorded.Clear();
            _cudnn.DeleteHandle(_handle);
        }
    }

    private static ConvolutionShape ShapeOf(long[] rows, long[] filters, ScalarType dtype, long stride, long padding) => new(
        dtype, rows[0], rows[1], rows[2], rows[3], filters[0], filters[1], filters[2], stride, padding,
        dtype == ScalarType.Float32 && backends.cudnn.allow_tf32);

    private void FollowStream()
    {
        var stream = _streams.CurrentStream(_device);
        if (stream == _stream)
            return;
        _cudnn.SetStream(_handle, stream);
        _stream = stream;
    }

    private ConvolutionPlan? Find(ConvolutionShape shape, nint x, nint w, nint y)
    {
        ConvolutionPlan? plan = null;
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var graph = new ConvolutionGraph(_cudnn, _handle, shape);
            var key = $"{_machine}, {shape}";
            plan = Kept(graph, shape, key);
            if (plan is null && _graphs.IsRecording(_stream!.Value))
            {
                // What is recorded may need the plan as long as it lives.
                plan = First(Offered(graph, shape, 1));
                if (plan is not null)
                    _recorded.Add(plan);
                return plan;
            }

            plan ??= Fastest(graph, Offered(graph, shape, MostPlans), shape, key, start, x, w, y);
        }
        catch (NativeLibraryException e)
        {
            LastProblem = $"{shape}: {e.Message}";
        }

        _plans[shape] = plan;
        return plan;
    }

    private List<ConvolutionPlan> Offered(ConvolutionGraph graph, ConvolutionShape shape, int most, string? tag = null) =>
        graph.Plans(most, engine => _rules.Allow(engine, shape), WorkspaceBytes, tag);

    private ConvolutionPlan? Kept(ConvolutionGraph graph, ConvolutionShape shape, string key) =>
        _choices.Find(key) is { } tag ? First(Offered(graph, shape, 1, tag)) : null;

    private static ConvolutionPlan? First(List<ConvolutionPlan> plans) => plans.Count > 0 ? plans[0] : null;

    private ConvolutionPlan? Fastest(ConvolutionGraph graph, List<ConvolutionPlan> plans, ConvolutionShape shape, string key, long start, nint x, nint w, nint y)
    {
        ConvolutionPlan? chosen = null;
        try
        {
            if (plans.Count < 2)
                return chosen = First(plans);
            var (best, times) = Measure(plans, x, w, y);
            _measured.Add(new(shape, [.. plans.Zip(times, (p, t) => (p.Tag, p.WorkspaceBytes, t))], best, Stopwatch.GetElapsedTime(start)));
            if (best is null)
                return null;
            chosen = plans[best.Value];

            // One that failed may be the fastest when there is more memory.
            if (times.Any(t => t is null))
                return chosen;
            var kept = _choices.Keep(key, chosen.Tag);
            return kept == chosen.Tag ? chosen : chosen = plans.Find(p => p.Tag == kept) ?? First(Offered(graph, shape, 1, kept)) ?? chosen;
        }
        finally
        {
            foreach (var plan in plans.Where(p => p != chosen))
                plan.Dispose();
        }
    }

    private (int? Best, IReadOnlyList<double?> Milliseconds) Measure(List<ConvolutionPlan> plans, nint x, nint w, nint y)
    {
        using var workspace = Workspace(plans.Max(p => p.WorkspaceBytes));
        var room = workspace is null ? 0 : TensorAddress.Of(workspace);
        using var timer = new CudaTimer();
        return PlanChoice.Fastest(plans.Count, (index, runs) =>
        {
            void Run() => plans[index].Run(_handle, x, w, y, room);
            try
            {
                // The first loads the kernel, and keeps the device busy while the others are launched.
                Run();
                return timer.Time(_stream!.Value, () =>
                {
                    for (var i = 0; i < runs; i++)
                        Run();
                }) / runs;
            }
            catch (Exception e) when (e is NativeLibraryException || OutOfMemory.Is(e))
            {
                LastProblem = $"{plans[index].Tag}: {e.Message}";
                _runtime.ForgetError();
                return null;
            }
        });
    }

    // From libtorch: it is part of what graphs and the plan of memory count.
    private Tensor? Workspace(long bytes) => bytes == 0 ? null : empty([bytes], ScalarType.Byte, new Device(TorchSharp.DeviceType.CUDA, _device)).DetachFromDisposeScope();
}
