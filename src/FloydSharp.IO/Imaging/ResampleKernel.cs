namespace FloydSharp.IO.Imaging;

/// <summary>
/// For each output position along one axis, the input samples it is made of and their fixed-point weights.
/// The arithmetic, down to the order of operations, is that of Pillow's <c>Resample.c</c>, so results are bit-equal.
/// </summary>
internal sealed class ResampleKernel
{
    private const int PillowPrecision = 32 - 8 - 2; // 8 bits of result, and the weights may sum beyond 1 or below 0
    private const int LargestPrecision = 22;

    private readonly int[] _starts;
    private readonly int[] _counts;
    private readonly int[] _weights;
    private readonly int _stride;

    private ResampleKernel(int[] starts, int[] counts, int[] weights, int stride, int precision)
    {
        _starts = starts;
        _counts = counts;
        _weights = weights;
        _stride = stride;
        Precision = precision;
    }

    /// <summary>Fraction bits of the weights.</summary>
    public int Precision { get; }

    /// <summary>What an accumulator starts with so that the shift rounds to nearest.</summary>
    public int Half => 1 << (Precision - 1);

    /// <summary>First input sample of an output position.</summary>
    public int Start(int position) => _starts[position];

    /// <summary>Weights of the input samples from <see cref="Start"/> on.</summary>
    public ReadOnlySpan<int> Weights(int position) => _weights.AsSpan(position * _stride, _counts[position]);

    /// <summary>Rounds an accumulator to a sample.</summary>
    public byte Round(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    /// <summary>Computes the weights of one axis.</summary>
    /// <param name="inputSize">Samples before, at least 1.</param>
    /// <param name="outputSize">Samples after, at least 1.</param>
    /// <param name="filter">Any filter but nearest.</param>
    /// <param name="rounding">Whose fixed-point weights to use.</param>
    public static ResampleKernel Create(int inputSize, int outputSize, ResampleFilter filter, ResampleRounding rounding)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(scale, 1.0); // shrinking stretches the filter over all the samples it replaces
        var support = Radius(filter) * filterScale;
        var stride = ((int)Math.Ceiling(support) * 2) + 1;
        var starts = new int[outputSize];
        var counts = new int[outputSize];
        var exact = new double[checked(outputSize * stride)];
        for (var position = 0; position < outputSize; position++)
        {
            var center = (position + 0.5) * scale;
            var start = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), inputSize) - start;
            var weights = exact.AsSpan(position * stride, count);
            var sum = 0.0;
            for (var i = 0; i < count; i++)
            {
                weights[i] = Evaluate(filter, (i + start - center + 0.5) * (1.0 / filterScale));
                sum += weights[i];
            }

            for (var i = 0; i < count && sum != 0.0; i++)
                weights[i] /= sum;
            starts[position] = start;
            counts[position] = count;
        }

        var precision = rounding == ResampleRounding.Pillow ? PillowPrecision : PrecisionFor16Bits(exact);
        return new ResampleKernel(starts, counts, ToFixedPoint(exact, precision), stride, precision);
    }

    /// <summary>The most fraction bits for which the largest weight still fits a signed 16-bit number, as ATen chooses them.</summary>
    private static int PrecisionFor16Bits(double[] weights)
    {
        var largest = weights.Max();
        var precision = 0;
        while (precision < LargestPrecision && (int)(0.5 + (largest * (1 << (precision + 1)))) < 1 << 15)
            precision++;
        return precision;
    }

    private static int[] ToFixedPoint(double[] weights, int precision)
    {
        var result = new int[weights.Length];
        for (var i = 0; i < weights.Length; i++)
            result[i] = (int)((weights[i] < 0 ? -0.5 : 0.5) + (weights[i] * (1 << precision)));
        return result;
    }

    private static double Radius(ResampleFilter filter) => filter switch
    {
        ResampleFilter.Box => 0.5,
        ResampleFilter.Bilinear => 1,
        ResampleFilter.Hamming => 1,
        ResampleFilter.Bicubic => 2,
        ResampleFilter.Lanczos => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "Not a resampling filter with weights."),
    };

    private static double Evaluate(ResampleFilter filter, double x) => filter switch
    {
        ResampleFilter.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
        ResampleFilter.Bilinear => Math.Max(1 - Math.Abs(x), 0),
        ResampleFilter.Hamming => Hamming(Math.Abs(x)),
        ResampleFilter.Bicubic => Bicubic(Math.Abs(x)),
        _ => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0,
    };

    // Pillow writes these two factors in single precision.
    private static double Hamming(double x) => x switch
    {
        0 => 1,
        >= 1 => 0,
        _ => Sinc(x) * (0.54f + (0.46f * Math.Cos(x * Math.PI))),
    };

    private static double Bicubic(double x)
    {
        const double a = -0.5;
        return x switch
        {
            < 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => ((((x - 5) * x) + 8) * x - 4) * a,
            _ => 0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
