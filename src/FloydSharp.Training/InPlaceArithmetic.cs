using TorchSharp;
using static TorchSharp.torch;

namespace FloydSharp.Training;

// It may make scalars, as TensorArithmetic may; elsewhere they are banned (BannedSymbols.Scalars.txt).
#pragma warning disable RS0030

/// <summary>What <see cref="TensorArithmetic"/> does, written into the first tensor, which is returned.</summary>
internal static class InPlaceArithmetic
{
    private static readonly Scalar One = 1.ToScalar();

    public static Tensor AddInPlace(this Tensor tensor, Tensor other) => tensor.add_(other, One);

    /// <summary><c>tensor += factor * other</c>.</summary>
    public static Tensor AddInPlace(this Tensor tensor, Tensor other, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.add_(other, scalar);
    }

    public static Tensor AddInPlace(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add_(scalar, One);
    }

    /// <summary><c>tensor += factor * left * right</c>.</summary>
    public static Tensor AddProductInPlace(this Tensor tensor, Tensor left, Tensor right, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.addcmul_(left, right, scalar);
    }

    public static Tensor MultiplyInPlace(this Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul_(scalar);
    }

    public static Tensor DivideInPlace(this Tensor tensor, double divisor)
    {
        using var scalar = divisor.ToScalar();
        return tensor.div_(scalar);
    }
}
