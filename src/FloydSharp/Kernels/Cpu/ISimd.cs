namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Vector arithmetic of one width. Kernels are written once over this interface; the compiler makes one version per width,
/// with every call inlined to an instruction.
/// </summary>
/// <typeparam name="V">The vector of single-precision numbers.</typeparam>
internal unsafe interface ISimd<V>
    where V : struct
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Rows of the largest tile of a matrix product that stays in registers beside three columns of vectors.</summary>
    static abstract int TileRows { get; }

    static abstract V Zero { get; }

    static abstract V Load(float* source);

    static abstract void Store(V x, float* target);

    static abstract V Fill(float value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    /// <summary>The lesser of two numbers; b where one of them is none.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The greater of two numbers; b where one of them is none.</summary>
    static abstract V Max(V a, V b);

    static abstract V Abs(V x);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>To the nearest whole number.</summary>
    static abstract V Round(V x);

    /// <summary>x * 2^n for whole n between -126 and 127.</summary>
    static abstract V ScaleByPowerOf2(V x, V n);

    /// <summary>The first with the signs of the second, which must not be negative zero where it matters.</summary>
    static abstract V CopySign(V magnitude, V sign);

    static abstract float Sum(V x);

    static abstract float Highest(V x);

    /// <summary>Adds each number to one in double precision.</summary>
    static abstract void AddTo(double* target, V x);
}
