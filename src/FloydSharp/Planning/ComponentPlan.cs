using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>Where a component sits while it runs, and in which form.</summary>
public sealed record ComponentPlan
{
    /// <summary>1 to 3; 0 for the text encoder of stages I and II.</summary>
    public required int Stage { get; init; }

    /// <summary>Its name in the checkpoint, such as <c>unet</c>.</summary>
    public required string Component { get; init; }

    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether it runs on the GPU; else on the CPU.</summary>
    public required bool OnGpu { get; init; }

    /// <summary>The dtype it computes in.</summary>
    public required ScalarType DType { get; init; }

    /// <summary>Which of its files are read; null for the plain ones.</summary>
    public string? Variant { get; init; }

    /// <summary>Whether some of its weights are kept in 8 bits.</summary>
    public bool IsQuantized { get; init; }

    /// <summary>How its weights are kept.</summary>
    public required PlacementKind Placement { get; init; }

    /// <summary>Bytes of weights that stay on its device, without those mapped.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>Bytes of weights that are used where they are mapped.</summary>
    public long MappedBytes { get; init; }

    /// <summary>Bytes of weights that are brought in each time they are used.</summary>
    public long StreamedBytes { get; init; }

    /// <summary>Bytes of RAM, page-locked, that streamed weights stay in once they were read; the others come from the file each time.</summary>
    public long PinnedBytes { get; init; }

    /// <summary>Bytes of the two slots that streamed layers are brought into.</summary>
    public long SlotBytes { get; init; }

    /// <summary>Bytes of the largest layer when converted or dequantized for use, and of what kernels keep beside weights.</summary>
    public long ScratchBytes { get; init; }

    /// <summary>Bytes of the device that reading takes beside the weights: filters are turned a buffer at a time where kernels want them in another order.</summary>
    public long TurningBytes { get; init; }

    /// <summary>The buffers that files are read through while loading, in bytes.</summary>
    public long StagingBytes { get; init; }

    /// <summary>The buffers that streamed weights are read through while the model runs, in bytes.</summary>
    public long RingBytes { get; init; }

    /// <summary>How many parts of the model are brought in each time.</summary>
    public int StreamedUnits { get; init; }

    /// <summary>What the loader must keep to: bytes that weights and slots may take on the device; null where nothing is streamed through slots.</summary>
    public long? WeightBudget => SlotBytes > 0 ? ResidentBytes + SlotBytes : null;

    /// <summary>Side of a tile in pixels that a VAE decodes in; null for whole pictures, or what was asked for.</summary>
    public long? TileSampleSize { get; init; }

    /// <summary>The device, as <c>--device</c> has it.</summary>
    public string Device => OnGpu ? "cuda" : "cpu";
}
