using FloydSharp.Quantization;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Quantization;

public class LlmInt8ProductTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("LLM.int8 linear, threshold 6.0")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Linear_ReferenceInput_GivesReferenceOutput(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var weight = new CompactTensor(tensors["q"].alias(), tensors["SCB"].alias(), ScalarType.Float32, Int8Execution.LlmInt8);
        TensorAssert.Close(tensors["y"], CompactProduct.Linear(tensors["x"], weight, null), Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Linear_WeightOnly_IsTheProductWithTheStoredWeights(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var weight = new CompactTensor(tensors["q"].alias(), tensors["SCB"].alias(), ScalarType.Float32);
        var stored = tensors["q"].to(ScalarType.Float32) * tensors["SCB"].unsqueeze(1) / 127;
        var actual = CompactProduct.Linear(tensors["x"], weight, null);
        TensorAssert.Close(tensors["x"].matmul(stored.t()), actual, Tolerance, output, golden.ToString());
        output.WriteLine($"relative error to float32 weights {((actual - tensors["y_fp32"]).norm() / tensors["y_fp32"].norm()).item<float>():g3}");
    }

    [Theory]
    [InlineData(Int8Execution.LlmInt8, 40)]
    [InlineData(Int8Execution.LlmInt8, 1)]
    [InlineData(Int8Execution.BitsAndBytes, 40)]
    [InlineData(Int8Execution.BitsAndBytes, 1)]
    public void Linear_OutliersAndZeroRows_FollowTheFormula(Int8Execution execution, int rows)
    {
        using var scope = NewDisposeScope();
        const int length = 48, columns = 24;
        using var weight = CompactProductTests.Int8(ScalarType.Float32, [columns, length], execution);
        var x = CompactProductTests.Noise(rows, length);
        using (x.narrow(1, 3, 1).mul_(9))
        using (x.narrow(1, 40, 1).mul_(7))
        using (x.narrow(0, rows / 2, 1).mul_(rows > 1 ? 0 : 1))
        {
        }

        var bias = CompactProductTests.Noise(columns);
        var expected = Reference(x, weight, bias);
        TensorAssert.Close(expected, CompactProduct.Linear(x, weight, bias), execution == Int8Execution.LlmInt8 ? Tolerance : 1e-2, output, $"{execution}, {rows} rows");
    }

    [Theory]
    [InlineData(1, 8, 8)]
    [InlineData(3, 5, 7)]
    [InlineData(17, 64, 40)]
    [InlineData(2, 10240, 16)]
    public void Multiply_ExtremeCodes_IsExact(int rows, int length, int columns)
    {
        using var scope = NewDisposeScope();
        var codes = randint(-127, 128, new long[] { rows, length }, ScalarType.Int8, generator: new Generator(3));
        var values = randint(-127, 128, new long[] { columns, length }, ScalarType.Int8, generator: new Generator(4));
        using (codes.narrow(0, 0, 1).fill_(127))
        using (values.narrow(0, 0, 1).fill_(127))
        {
        }

        var expected = codes.to(ScalarType.Float64).matmul(values.to(ScalarType.Float64).t());
        Assert.Equal(127.0 * 127 * length, expected[0, 0].item<double>());
        TensorAssert.Close(expected.to(ScalarType.Float32), IntegerProduct.Multiply(codes, values), 0, output, $"{rows} x {length} x {columns}");
    }

    [Fact]
    public void Multiply_ShapesThatDoNotFit_AreRefusedBeforeTheCall()
    {
        using var scope = NewDisposeScope();
        var codes = zeros([2, 8], ScalarType.Int8);
        Assert.Throws<ArgumentException>(() => IntegerProduct.Multiply(codes, zeros([4, 9], ScalarType.Int8)));
        Assert.Throws<ArgumentException>(() => IntegerProduct.Multiply(codes, zeros(4, 8)));
        Assert.Throws<ArgumentException>(() => IntegerProduct.Multiply(codes.unsqueeze(0), zeros([4, 8], ScalarType.Int8)));
    }

    // One number at a time, as the paper and the kernels describe it.
    private static Tensor Reference(Tensor x, CompactTensor weight, Tensor bias)
    {
        var kernels = weight.Execution == Int8Execution.BitsAndBytes;
        var (rows, length, columns) = (x.shape[0], x.shape[1], weight.Rows);
        var (a, q, s, b) = (x.data<float>().ToArray(), weight.Values.data<sbyte>().ToArray(), weight.Scales!.data<float>().ToArray(), bias.data<float>().ToArray());
        if (kernels)
            a = [.. a.Select(v => (float)(Half)v)];
        var outlier = Enumerable.Range(0, (int)length).Select(j => Enumerable.Range(0, (int)rows).Any(i => MathF.Abs(a[(i * length) + j]) >= 6)).ToArray();
        var result = new float[rows * columns];
        for (var i = 0; i < rows; i++)
        {
            var scale = 0f;
            for (var j = 0; j < length; j++)
            {
                var v = MathF.Abs(a[(i * length) + j]);
                if (kernels ? v < 6 : !outlier[j])
                    scale = MathF.Max(scale, v);
            }

            for (var n = 0; n < columns; n++)
            {
                long sum = 0;
                var rest = 0.0;
                for (var j = 0; j < length; j++)
                {
                    var v = a[(i * length) + j];
                    if (outlier[j])
                        rest += v * (double)q[(n * length) + j] * s[n] / 127;
                    else if (scale > 0)
                        sum += (long)MathF.Round(v * 127 / scale, MidpointRounding.ToEven) * q[(n * length) + j];
                }

                var product = sum * (double)scale * s[n] / (127 * 127);
                result[(i * columns) + n] = (float)((kernels ? (double)(Half)product : product) + b[n] + rest);
            }
        }

        return tensor(result).view(rows, columns);
    }
}
