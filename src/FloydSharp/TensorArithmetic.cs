using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

// The one place that may make scalars; elsewhere they are banned (BannedSymbols.Scalars.txt).
#pragma warning disable RS0030

namespace FloydSharp;

/// <summary>
/// Arithmetic of tensors with numbers, and the sum of two tensors. TorchSharp's own operators make a <see cref="Scalar"/> that
/// nothing holds while libtorch reads it, also for the hidden factor of <c>a + b</c>: a garbage collection in that moment frees
/// its memory, and the operation fails or reads another number. Here each lives until its operation has returned. Differences,
/// products and quotients of two tensors make none: their operators stay.
/// </summary>
/// <remarks>
/// The operations, and so the numbers and dtypes, are those of the operators: a whole number leaves integers integers, no number
/// widens a floating dtype. Arguments are not disposed; results are owned by the caller.
/// </remarks>
internal static class TensorArithmetic
{
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar Two = 2.ToScalar();

    public static Tensor Plus(this Tensor tensor, Tensor other) => tensor.add(other, One);

    public static Tensor Plus(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar, One);
    }

    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar, One);
    }

    public static Tensor Minus(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return tensor.sub(scalar);
    }

    public static Tensor Minus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.sub(scalar);
    }

    /// <summary><c>number - tensor</c>.</summary>
    public static Tensor SubtractedFrom(this Tensor tensor, long number)
    {
        using var negative = tensor.negative();
        return negative.Plus(number);
    }

    /// <summary><c>number - tensor</c>.</summary>
    public static Tensor SubtractedFrom(this Tensor tensor, double number)
    {
        using var negative = tensor.negative();
        return negative.Plus(number);
    }

    public static Tensor Times(this Tensor tensor, long factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul(scalar);
    }

    public static Tensor Times(this Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>A true division: of integers too it is a floating one.</summary>
    public static Tensor DividedBy(this Tensor tensor, double divisor)
    {
        using var scalar = divisor.ToScalar();
        return tensor.div(scalar);
    }

    public static Tensor Pow(this Tensor tensor, double exponent)
    {
        using var scalar = exponent.ToScalar();
        return tensor.pow(scalar);
    }

    public static Tensor Square(this Tensor tensor) => tensor.pow(Two);

    public static Tensor Clamp(this Tensor tensor, long min, long max)
    {
        using var low = min.ToScalar();
        using var high = max.ToScalar();
        return tensor.clamp(low, high);
    }

    public static Tensor Clamp(this Tensor tensor, double min, double max)
    {
        using var low = min.ToScalar();
        using var high = max.ToScalar();
        return tensor.clamp(low, high);
    }

    public static Tensor AtLeast(this Tensor tensor, double min)
    {
        using var low = min.ToScalar();
        return tensor.clamp(min: low);
    }

    public static Tensor AtMost(this Tensor tensor, double max)
    {
        using var high = max.ToScalar();
        return tensor.clamp(max: high);
    }

    public static Tensor EqualTo(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return tensor.eq(scalar);
    }

    public static Tensor LessThan(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.lt(scalar);
    }

    public static Tensor GreaterThan(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.gt(scalar);
    }

    public static Tensor GreaterOrEqual(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.ge(scalar);
    }

    public static Tensor MaskedFill(this Tensor tensor, Tensor mask, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.masked_fill(mask, scalar);
    }

    /// <summary><c>log(1 + exp(x))</c>; above 20 it is x.</summary>
    public static Tensor Softplus(this Tensor tensor)
    {
        using var beta = 1.0.ToScalar();
        using var threshold = 20.0.ToScalar();
        return Softplus(tensor, beta, threshold);
    }

    /// <summary>The whole numbers from <paramref name="start"/> up to, not including, <paramref name="stop"/>.</summary>
    public static Tensor Range(long start, long stop, ScalarType dtype, Device? device = null)
    {
        using var first = start.ToScalar();
        using var end = stop.ToScalar();
        return arange(first, end, One, dtype, device);
    }

    public static Tensor Full(long[] shape, double number, ScalarType dtype, Device device)
    {
        using var scalar = number.ToScalar();
        return full(shape, scalar, dtype, device);
    }

    public static Tensor FullLike(Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return full_like(tensor, scalar);
    }

    // TorchSharp's public softplus takes numbers and makes the scalars itself.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "softplus1")]
    private static extern Tensor Softplus(Tensor tensor, Scalar beta, Scalar threshold);
}
