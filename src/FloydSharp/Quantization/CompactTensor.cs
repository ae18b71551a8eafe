using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>
/// A weight kept in fewer bits than it is computed with: int8 with one scale per row (Dettmers et al. 2022, arXiv:2208.07339,
/// the layout of bitsandbytes), or a 16-bit float. Products widen it block by block, so it never exists as a whole in wide
/// form. Owns its tensors.
/// </summary>
public sealed class CompactTensor : IDisposable
{
    /// <summary>The int8 value that stands for a row's absolute maximum.</summary>
    public const float Int8Max = 127;

    private CompactScratch? _scratch;

    /// <summary>Takes tensors.</summary>
    /// <param name="values">[N, ...], int8, float16 or bfloat16, contiguous. Owned by this object from now on.</param>
    /// <param name="scales">
    /// For int8 the rows' absolute maxima (SCB) [N], float32, finite and not negative, on the device of the values; else null.
    /// A weight is <c>value * scale / 127</c>. Owned by this object from now on.
    /// </param>
    /// <param name="dtype">The dtype of products: float16, bfloat16 or float32.</param>
    /// <param name="execution">How linear products are computed; int8 only.</param>
    /// <param name="scratch">Where products work, shared by the weights of a model; null for memory that each product asks for. Freed with its last weight.</param>
    /// <exception cref="ArgumentException">Dtypes or shapes do not belong together.</exception>
    public CompactTensor(Tensor values, Tensor? scales, ScalarType dtype, Int8Execution execution = Int8Execution.WeightOnly, CompactScratch? scratch = null)
    {
        if (values.dim() == 0 || !values.is_contiguous())
            throw new ArgumentException("The values must have rows and be contiguous.", nameof(values));
        if (values.dtype is not (ScalarType.Int8 or ScalarType.Float16 or ScalarType.BFloat16))
            throw new ArgumentException($"Values are int8, float16 or bfloat16, not {values.dtype}.", nameof(values));
        if (dtype is not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32))
            throw new ArgumentException($"Products run in float16, bfloat16 or float32, not {dtype}.", nameof(dtype));
        if (values.dtype == ScalarType.Int8
            ? scales is null || scales.dtype != ScalarType.Float32 || !scales.shape.AsSpan().SequenceEqual([values.shape[0]]) || !scales.is_contiguous()
            : scales is not null)
        {
            throw new ArgumentException($"Values [{string.Join(", ", values.shape)}] {values.dtype} need {(values.dtype == ScalarType.Int8 ? $"float32 scales [{values.shape[0]}]" : "no scales")}.", nameof(scales));
        }

        Values = values.DetachFromDisposeScope();
        Scales = scales?.DetachFromDisposeScope();
        DType = dtype;
        Execution = execution;
        _scratch = scratch;
        scratch?.AddUser();
    }

    /// <summary>What is stored, [N, ...]; owned by this object.</summary>
    public Tensor Values { get; }

    /// <summary>The rows' absolute maxima [N], float32; null for 16-bit values. Owned by this object.</summary>
    public Tensor? Scales { get; }

    /// <summary>The dtype of products.</summary>
    public ScalarType DType { get; }

    /// <summary>How linear products are computed.</summary>
    public Int8Execution Execution { get; }

    /// <summary>The weight's shape.</summary>
    public IReadOnlyList<long> Shape => Values.shape;

    /// <summary>The weight's device.</summary>
    public Device Device => Values.device;

    /// <summary>The rows N, which are what a scale belongs to.</summary>
    public long Rows => Values.shape[0];

    /// <summary>Elements of one row.</summary>
    public long RowLength => Rows == 0 ? 0 : Values.NumberOfElements / Rows;

    /// <summary>Bytes that are kept.</summary>
    public long ByteCount => (Values.NumberOfElements * Values.ElementSize) + ((Scales?.NumberOfElements ?? 0) * sizeof(float));

    /// <summary>The whole weight in the dtype of products.</summary>
    /// <returns><see cref="Shape"/>, <see cref="DType"/>; owned by the caller.</returns>
    public Tensor Expand()
    {
        using var scope = NewDisposeScope();
        var whole = empty(Values.shape, DType, Device);
        RowExpansion.Write(this, 0, whole.view(Rows, RowLength), scaled: true);
        return whole.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Scales?.Dispose();
        Interlocked.Exchange(ref _scratch, null)?.RemoveUser();
    }

    /// <summary>Lends a block of (rows, row length) in the dtype of products.</summary>
    internal T WithBlock<T>(long rows, Func<Tensor, T> use)
    {
        if (_scratch is not { } scratch || Device.type != TorchSharp.DeviceType.CPU)
        {
            using var own = empty([rows, RowLength], DType, Device);
            return use(own);
        }

        var memory = scratch.Rent(rows * RowLength, DType);
        try
        {
            using var part = memory.narrow(0, 0, rows * RowLength);
            using var block = part.view(rows, RowLength);
            return use(block);
        }
        finally
        {
            scratch.Return(memory);
        }
    }
}
