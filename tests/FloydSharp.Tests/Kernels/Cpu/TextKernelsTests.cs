using FloydSharp.Kernels.Cpu;
using FloydSharp.Models.T5;
using FloydSharp.Nn;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

public class TextKernelsTests(ITestOutputHelper output)
{
    // bfloat16 has 8 bits of mantissa, the first of which is not stored: rounding once changes a number by at most 2^-8 of it.
    private const double OneRounding = 1.0 / 256;

    [Theory]
    [InlineData(1, 64, 64)]
    [InlineData(16, 1024, 128)]
    [InlineData(77, 3072, 192)]
    [InlineData(200, 98, 64)]
    public void Linear_InPanels_EqualsDoublePrecisionRoundedOnce(int rows, int inputs, int outputs)
    {
        SkipWhereNotSupported();
        using var scope = NewDisposeScope();
        using var layer = Linear(inputs, outputs, rearrangeable: true);
        using var mapped = Linear(inputs, outputs, rearrangeable: false);
        mapped.Matrix.Fill(layer.Matrix.Value.clone());
        var before = layer.Matrix.Value.clone();
        var x = Numbers(1, rows, inputs);
        var expected = nn.functional.linear(x.to(ScalarType.Float64), before.to(ScalarType.Float64));

        var actual = layer.forward(x);
        var strided = layer.forward(x.transpose(0, 1));

        Report($"{rows} x {inputs} x {outputs}", KernelLayers.RelativeError(expected, actual));
        Assert.NotNull(layer.Matrix.Rearranged(_ => Assert.Fail("It should lie in panels."), _ => { }));
        Assert.True(nn.functional.linear(x, before).equal(mapped.forward(x)).all().item<bool>(), "A weight that must not be written to is not for panels.");
        Assert.True(actual.equal(strided.transpose(0, 1)).all().item<bool>(), "Strided inputs give other bits.");
        Assert.True(layer.Matrix.Value.equal(before).all().item<bool>(), "The weight's numbers are not in order again.");
        Assert.True(actual.equal(layer.forward(x)).all().item<bool>(), "A weight that was read in between gives other bits.");
    }

    [Fact]
    public void Linear_NotServed_RunsThePlainWay()
    {
        SkipWhereNotSupported();
        using var scope = NewDisposeScope();
        foreach (var (inputs, outputs) in new[] { (64, 60), (1026, 64), (63, 64) })
        {
            using var layer = Linear(inputs, outputs, rearrangeable: true);
            var x = Numbers(1, 20, inputs);
            Assert.True(nn.functional.linear(x, layer.Matrix.Value).equal(layer.forward(x)).all().item<bool>());
        }
    }

    [Theory]
    [InlineData(1, 77, 4, 64, 1)]
    [InlineData(2, 33, 2, 32, 2)]
    [InlineData(2, 5, 3, 96, 1)]
    public void Attention_WithBiasAndMask_EqualsDoublePrecision(int batch, int tokens, int heads, int width, int sets)
    {
        SkipWhereNotSupported();
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, 3).Select(_ => Numbers(batch, tokens, heads * width)).ToArray();
        var bias = Numbers(sets, heads, tokens, tokens);
        bias.narrow(3, tokens - 2, 2).fill_(finfo(ScalarType.BFloat16).min);
        var (q, k, v) = (Heads(parts[0]), Heads(parts[1]), Heads(parts[2]));
        var scores = matmul(q, k.transpose(2, 3)) + bias.to(ScalarType.Float64);
        var expected = matmul(scores.softmax(-1), v).transpose(1, 2).flatten(2);

        using var actual = new TextAttentionBlocks().TryRun(parts[0], parts[1], parts[2], bias);

        // Exponentials are rounded as well as results.
        Report($"{batch} x {tokens} x {heads} x {width}", KernelLayers.RelativeError(expected, actual!), 2 * OneRounding);

        Tensor Heads(Tensor x) => x.to(ScalarType.Float64).view(batch, tokens, heads, width).transpose(1, 2);
    }

    [Fact]
    public void Rows_NormAndGate_EqualDoublePrecisionRoundedOnce()
    {
        SkipWhereNotSupported();
        using var scope = NewDisposeScope();
        var rows = new BFloat16Rows();
        var (x, other, weight) = (Numbers(2, 9, 96) * 3, Numbers(2, 9, 96), Numbers(96));
        var wide = x.to(ScalarType.Float64);

        var norm = rows.TryRmsNorm(x, weight, 1e-6);
        Report("norm", KernelLayers.RelativeError(wide * rsqrt(wide.square().mean([-1L], keepdim: true) + 1e-6) * weight.to(ScalarType.Float64), norm!));
        var gate = rows.TryGate(x, other, Activation.GeluNew, ScalarType.BFloat16);
        var tanh = (Math.Sqrt(2 / Math.PI) * (wide + (0.044715 * wide.pow(3)))).tanh();
        Report("gate", KernelLayers.RelativeError(0.5 * wide * (1 + tanh) * other.to(ScalarType.Float64), gate!));
        Assert.Null(rows.TryRmsNorm(x.to(ScalarType.Float32), weight, 1e-6));
        Assert.Null(rows.TryGate(x, other, Activation.Silu, ScalarType.BFloat16));
    }

    [Fact]
    public void Write_NotANumberAndTies_RoundAsLibtorchDoes()
    {
        SkipWhereNotSupported();
        float[] numbers = [1.00390625f, 1.01171875f, float.NaN, float.PositiveInfinity, -0f, float.MaxValue, 1e-40f, -3.3f];
        var source = Enumerable.Range(0, 64).Select(i => numbers[i % numbers.Length]).ToArray();
        using var expected = tensor(source).to(ScalarType.BFloat16).to(ScalarType.Float32);
        var bits = new ushort[source.Length];
        unsafe
        {
            fixed (float* from = source)
            fixed (ushort* to = bits)
                BFloat16Rows.Write(from, 1, to, source.Length);
        }

        Assert.Equal(expected.data<float>().ToArray(), bits.Select(b => BitConverter.UInt32BitsToSingle((uint)b << 16)));
    }

    [Fact]
    public void Encoder_InBFloat16_IsAsNearToFloat32AsThePlainWay()
    {
        SkipWhereNotSupported();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var config = new T5Config { VocabSize = 50, DModel = 64, DKv = 32, NumHeads = 4, DFf = 128, NumLayers = 3, FeedForwardProj = "gated-gelu" };
        using var exact = KernelLayers.Filled(new T5EncoderModel(config), 3, size: 0.1);
        using var plain = InBFloat16(exact, config);
        using var fast = InBFloat16(exact, config);
        Assert.True(TextKernels.Attach(fast));
        var ids = arange(0, 42, ScalarType.Int64).view(2, 21);
        var mask = ones([2, 21], ScalarType.Int64);
        mask[1].narrow(0, 4, 17).zero_();
        var expected = exact.forward(ids, mask).to(ScalarType.Float64);

        var errorOfPlain = KernelLayers.RelativeError(expected, plain.forward(ids, mask));
        var errorOfFast = KernelLayers.RelativeError(expected, fast.forward(ids, mask));

        output.WriteLine($"plain {errorOfPlain:e2}, fast {errorOfFast:e2}");
        Assert.NotEqual(errorOfPlain, errorOfFast);
        Assert.InRange(errorOfFast, 0, 1.1 * errorOfPlain);
    }

    private static void SkipWhereNotSupported() => Assert.SkipUnless(TileProduct.IsSupported, "This processor has no AVX512-BF16.");

    private static Tensor Numbers(params long[] shape) => randn(shape, ScalarType.Float32).to(ScalarType.BFloat16);

    private static Linear Linear(int inputs, int outputs, bool rearrangeable)
    {
        var layer = new Linear(inputs, outputs, bias: false) { TakesFewRows = true, Kernel = new TextLinear() };
        layer.Matrix.Fill(Numbers(outputs, inputs));
        layer.Matrix.IsRearrangeable = rearrangeable;
        return layer;
    }

    private static T5EncoderModel InBFloat16(T5EncoderModel exact, T5Config config)
    {
        var model = new T5EncoderModel(config);
        foreach (var ((_, weight), (_, source)) in model.NamedWeights().Zip(exact.NamedWeights()))
        {
            weight.Fill(source.Value.to(ScalarType.BFloat16));
            weight.IsRearrangeable = true;
        }

        return model;
    }

    private void Report(string what, double error, double tolerance = OneRounding)
    {
        output.WriteLine($"{what}: {error:e2}");
        Assert.InRange(error, 0, tolerance);
    }
}
