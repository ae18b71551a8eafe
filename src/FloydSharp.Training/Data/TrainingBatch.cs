using static TorchSharp.torch;

namespace FloydSharp.Training.Data;

/// <summary>A batch in host memory.</summary>
internal sealed record TrainingBatch
{
    /// <summary>Pictures.</summary>
    public required int Count { get; init; }

    /// <summary>Their side in pixels.</summary>
    public required int Side { get; init; }

    /// <summary>(B, side, side, 3).</summary>
    public required byte[] Pixels { get; init; }

    /// <summary>Token ids (B, T); empty without text.</summary>
    public required long[] Ids { get; init; }

    /// <summary>1 for tokens, 0 for padding, (B, T).</summary>
    public required long[] Mask { get; init; }

    /// <summary>The pictures on a device.</summary>
    /// <returns>(B, 3, side, side) in [-1, 1], float32; owned by the caller.</returns>
    public Tensor PixelsOn(Device device)
    {
        using var scope = NewDisposeScope();
        var bytes = Move(tensor(Pixels, [Count, Side, Side, 3], ScalarType.Byte), device);
        return bytes.to(ScalarType.Float32).DividedBy(127.5).Minus(1).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The token ids on a device.</summary>
    /// <returns>(B, T), int64; owned by the caller.</returns>
    public Tensor IdsOn(Device device) => Rows(Ids, device);

    /// <summary>The mask on a device.</summary>
    /// <returns>(B, T), int64; owned by the caller.</returns>
    public Tensor MaskOn(Device device) => Rows(Mask, device);

    /// <summary>From pinned memory, so that the host need not wait until the device has finished the step before.</summary>
    private static Tensor Move(Tensor host, Device device) => device.type == TorchSharp.DeviceType.CUDA
        ? host.pin_memory().to(host.dtype, device, non_blocking: true)
        : host.alias();

    private Tensor Rows(long[] values, Device device)
    {
        using var scope = NewDisposeScope();
        return Move(tensor(values, [Count, values.Length / Count]), device).MoveToOuterDisposeScope();
    }
}
