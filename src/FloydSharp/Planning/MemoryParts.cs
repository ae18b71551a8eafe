namespace FloydSharp.Planning;

/// <summary>What a peak is made of, in bytes.</summary>
/// <param name="Base">RAM: the process before models are loaded. VRAM: the driver's part.</param>
/// <param name="Weights">Weights that are kept there.</param>
/// <param name="Buffers">Buffers to read through, slots of streamed layers, layers converted or dequantized for use.</param>
/// <param name="Activations">What the model holds while it runs.</param>
/// <param name="Results">What earlier phases left: embeddings, pictures.</param>
public sealed record MemoryParts(long Base, long Weights, long Buffers, long Activations, long Results)
{
    /// <summary>Nothing.</summary>
    public static MemoryParts None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>The peak.</summary>
    public long Total => Base + Weights + Buffers + Activations + Results;
}
