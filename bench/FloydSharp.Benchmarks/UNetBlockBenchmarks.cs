using BenchmarkDotNet.Attributes;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Benchmarks;

/// <summary>The parts a UNet step is made of, with the shapes of IF-I-M: batch 2 (one picture with guidance), float32.</summary>
/// <remarks>The 3x3 convolution alone is the baseline: a resnet block is two of them and what a faster version must hide.</remarks>
[MemoryDiagnoser]
public class UNetBlockBenchmarks : IDisposable
{
    private const int TextTokens = 77;
    private const int HeadWidth = 64;

    private readonly List<Layer> _layers = [];
    private Conv2d _conv = null!;
    private ResnetBlock2D _resnet = null!;
    private AddedKVAttention _attention = null!;
    private Tensor _sample = null!;
    private Tensor _time = null!;
    private Tensor _text = null!;

    /// <summary>Channels and side of a level of IF-I-M.</summary>
    [Params("192@64", "384@32", "576@16", "768@8")]
    public string Level { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        set_grad_enabled(false);
        var parts = Level.Split('@');
        var (channels, side) = (int.Parse(parts[0]), int.Parse(parts[1]));
        _conv = Fill(new Conv2d(channels, channels, 3, padding: 1));
        _resnet = Fill(new ResnetBlock2D(channels, channels, 768, new ResnetOptions { Activation = Activation.Gelu, ScaleShift = true }));
        _attention = Fill(new AddedKVAttention(channels, 768, channels / HeadWidth, 32, normText: true, onlyText: false));
        _sample = randn(2, channels, side, side);
        _time = randn(2, 768);
        _text = randn(2, TextTokens, 768);
    }

    [Benchmark(Baseline = true)]
    public void Convolution() => _conv.forward(_sample).Dispose();

    [Benchmark]
    public void Resnet() => _resnet.forward(_sample, _time).Dispose();

    [Benchmark]
    public void Attention() => _attention.forward(_sample, _text).Dispose();

    [GlobalCleanup]
    public void Dispose()
    {
        _layers.ForEach(l => l.Dispose());
        _layers.Clear();
        _sample?.Dispose();
        _time?.Dispose();
        _text?.Dispose();
        GC.SuppressFinalize(this);
    }

    private T Fill<T>(T layer)
        where T : Layer
    {
        using var generator = new Generator(1);
        foreach (var (_, weight) in layer.NamedWeights())
            weight.Fill(rand([.. weight.Shape], generator: generator) - 0.5);
        _layers.Add(layer);
        return layer;
    }
}
