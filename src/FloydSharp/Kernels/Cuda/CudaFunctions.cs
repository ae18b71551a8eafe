using System.Collections.Concurrent;
using FloydSharp.Memory;
using FloydSharp.Native;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>The compiled kernels of one dtype on one device. They live as long as the process.</summary>
internal sealed class CudaFunctions
{
    private static readonly string[] _sources = ["Element.cu", "GroupNorm.cu", "Rows.cu", "Attention.cu"];
    private static readonly ConcurrentDictionary<(int Device, ScalarType DType), Lazy<CudaFunctions>> _all = [];

    private readonly CudaModule _module;
    private readonly CudaStreams _streams = CudaStreams.Open();

    private CudaFunctions(int device, ScalarType dtype)
    {
        Device = device;
        DType = dtype;

        // A tensor makes the device's context.
        using var context = zeros(1, device: new Device(TorchSharp.DeviceType.CUDA, device));
        var runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("CUDA's runtime library is not loaded.");
        Multiprocessors = runtime.Multiprocessors(device);
        _module = new(CudaCodeCache.Get(Source(dtype), $"{dtype} kernels", runtime.ComputeCapability(device)), device);
        Sums = _module.Function("group_norm_sums");
        Apply = _module.Function("group_norm_apply");
        ApplyDown = _module.Function("group_norm_apply_down");
        Small = _module.Function("group_norm_small");
        Finish = _module.Function("finish");
        FinishResampled = _module.Function("finish_resampled");
        DoubleFilters = _module.Function("double_filters");
        WeavePixels = _module.Function("weave_pixels");
        JoinSources = _module.Function("join_sources");
        Gate = _module.Function("gate");
        SoftmaxBlock = _module.Function("softmax_block");
        RmsNorm = _module.Function("rms_norm");
        LayerNorm = _module.Function("layer_norm");
        if (dtype == ScalarType.Float32 || runtime.ComputeCapability(device) < EightBitSupport.Oldest)
            return;
        GreatestMagnitude = _module.Function("greatest_magnitude");
        Values8 = _module.Function("values8");
        SoftmaxBlock8 = _module.Function("softmax_block8");
        Settle8 = _module.Function("settle8");
    }

    public int Device { get; }

    public ScalarType DType { get; }

    /// <summary>Numbers in the 16 bytes that a thread reads at once.</summary>
    public int Vector => DType == ScalarType.Float32 ? 4 : 8;

    public int Multiprocessors { get; }

    public nint Sums { get; }

    public nint Apply { get; }

    public nint ApplyDown { get; }

    public nint Small { get; }

    public nint Finish { get; }

    public nint FinishResampled { get; }

    public nint DoubleFilters { get; }

    public nint WeavePixels { get; }

    public nint JoinSources { get; }

    public nint Gate { get; }

    public nint SoftmaxBlock { get; }

    public nint RmsNorm { get; }

    public nint LayerNorm { get; }

    /// <summary>Zero, like the three that follow, where <see cref="EightBitSupport"/> lacks the hardware.</summary>
    public nint GreatestMagnitude { get; }

    public nint Values8 { get; }

    public nint SoftmaxBlock8 { get; }

    public nint Settle8 { get; }

    /// <summary>The kernels, compiled at first use.</summary>
    /// <exception cref="NativeLibraryException">They cannot be had here.</exception>
    public static CudaFunctions For(int device, ScalarType dtype)
    {
        try
        {
            return _all.GetOrAdd((device, dtype), key => new(() => new(key.Device, key.DType))).Value;
        }
        catch (Exception e) when (OutOfMemory.Is(e))
        {
            // Else it would be told again when there is room.
            _all.TryRemove((device, dtype), out _);
            throw;
        }
    }

    /// <summary>The source for a dtype.</summary>
    public static string Source(ScalarType dtype)
    {
        var kind = dtype switch { ScalarType.Float16 => 1, ScalarType.BFloat16 => 2, _ => 3 };
        return $"#define KIND {kind}\n" + string.Join("\n", _sources.Select(name =>
        {
            using var stream = typeof(CudaFunctions).Assembly.GetManifestResourceStream("Kernels.Cuda." + name)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }));
    }

    /// <summary>The activation's number in the sources; null for one they lack.</summary>
    public static int? NumberOf(Nn.Activation activation) => activation switch
    {
        Nn.Activation.None => 0,
        Nn.Activation.Silu => 1,
        Nn.Activation.Gelu => 2,
        Nn.Activation.GeluNew => 3,
        _ => null,
    };

    /// <summary>Whether the kernels can work on a tensor: device, dtype, and no gradient is asked for.</summary>
    public bool Serves(Tensor x) => x.device_type == TorchSharp.DeviceType.CUDA && x.device_index == Device && x.dtype == DType
        && !(is_grad_enabled() && x.requires_grad) && x.numel() is > 0 and < int.MaxValue;

    /// <summary>The first number's address; zero for nothing. The tensor must live until the launch.</summary>
    public static unsafe nint Pointer(Tensor? x) => x is null ? 0 : (nint)TensorMemory.Pointer(x);

    /// <summary>Whether 16 bytes can be read at a tensor's start.</summary>
    public static bool IsAligned(Tensor? x) => Pointer(x) % 16 == 0;

    /// <summary>Launches on libtorch's current stream of this thread.</summary>
    public void Launch(nint function, (int X, int Y) grid, int threads, int sharedBytes, ReadOnlySpan<CudaArgument> arguments) =>
        _module.Launch(function, grid, threads, sharedBytes, arguments, _streams.CurrentStream(Device));

    /// <summary>Launches a product on libtorch's current stream of this thread.</summary>
    /// <param name="product">The product.</param>
    /// <param name="x">Its first factor.</param>
    /// <param name="w">Its second factor.</param>
    /// <param name="y">Its result. Not disposed.</param>
    /// <param name="alpha">What it is multiplied with.</param>
    /// <param name="adds">Whether it is added to y or takes its place.</param>
    /// <param name="workspace">So many bytes as it needs. Not disposed.</param>
    public void Multiply(RowProduct product, nint x, nint w, Tensor y, float alpha, bool adds, Tensor workspace) =>
        product.Run(x, w, Pointer(y), alpha, adds, Pointer(workspace), _streams.CurrentStream(Device));

    /// <summary>Launches a kernel whose threads go through so many vectors in strides.</summary>
    public void LaunchOver(nint function, long vectors, ReadOnlySpan<CudaArgument> arguments, int rows = 1)
    {
        const int Threads = 256;
        const int BlocksPerMultiprocessor = 16;
        var blocks = Math.Min((vectors + Threads - 1) / Threads, Math.Max(1, Multiprocessors * BlocksPerMultiprocessor / rows));
        Launch(function, ((int)blocks, rows), Threads, 0, arguments);
    }
}
