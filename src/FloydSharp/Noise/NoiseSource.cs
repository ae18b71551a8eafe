using System.Buffers.Binary;
using FloydSharp.IO;
using static TorchSharp.torch;

namespace FloydSharp.Noise;

/// <summary>
/// Noise from seeded generators. It is drawn on the CPU in the dtype asked for and then moved, so a seed gives the same
/// noise on every device and the same numbers as PyTorch CPU generators do (diffusers, utils/torch_utils.py, randn_tensor).
/// Not for use from several threads at once.
/// </summary>
public sealed class NoiseSource : IKeptNoise, IDisposable
{
    private readonly Generator[] _generators;

    private NoiseSource(IEnumerable<long> seeds)
    {
        // A negative seed wraps around, as torch.Generator.manual_seed has it.
        _generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed), CPU))];
    }

    /// <summary>One generator for whole batches.</summary>
    /// <param name="seed">Any number.</param>
    /// <returns>Owned by the caller.</returns>
    public static NoiseSource FromSeed(long seed) => new([seed]);

    /// <summary>
    /// One generator per image, so that each image of a batch is the one its seed gives alone. A single seed draws whole
    /// batches, as <see cref="FromSeed"/> does.
    /// </summary>
    /// <param name="seeds">One seed per image, in the order of the batch; at least one.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FloydException">There are no seeds.</exception>
    public static NoiseSource PerImage(IReadOnlyList<long> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        return seeds.Count > 0 ? new(seeds) : throw new FloydException("The list of seeds is empty: give one seed per image.");
    }

    /// <inheritdoc/>
    /// <exception cref="FloydException">There are several seeds and the batch has another number of images.</exception>
    public Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        if (_generators.Length == 1)
            return Move(randn(shape, dtype, CPU, generator: _generators[0]), device).MoveToOuterDisposeScope();
        if (shape.Length == 0 || shape[0] != _generators.Length)
            throw new FloydException($"There are {_generators.Length} seeds for a batch of {(shape.Length == 0 ? 0 : shape[0])} images: give one seed per image, or one for all.");
        long[] one = [1, .. shape[1..]];
        var images = _generators.Select(g => randn(one, dtype, CPU, generator: g)).ToArray(); // B of (1, ...)
        return Move(cat(images, 0), device).MoveToOuterDisposeScope();          // (B, ...)
    }

    // From pinned memory, so that drawing does not wait for what the GPU is still doing.
    private static Tensor Move(Tensor drawn, Device device) =>
        device.type == TorchSharp.DeviceType.CUDA ? drawn.pin_memory().to(device, non_blocking: true) : drawn.to(device);

    /// <summary>The state of all generators, to continue the same noise later with <see cref="SetState"/>.</summary>
    /// <returns>About 5 KB per generator; the bytes are PyTorch's own and fit its other bindings of the same version.</returns>
    public byte[] GetState()
    {
        var states = new List<byte>();
        foreach (var generator in _generators)
        {
            using var state = generator.get_state();
            states.AddRange(state.data<byte>().ToArray());
        }

        return [.. states];
    }

    /// <summary>Continues where <see cref="GetState"/> was called.</summary>
    /// <param name="state">Bytes of a source with as many generators.</param>
    /// <exception cref="FloydException">The bytes are of another length or not a generator's state.</exception>
    public void SetState(ReadOnlySpan<byte> state)
    {
        var expected = GetState().Length;
        if (state.Length != expected)
            throw new FloydException($"The noise state has {state.Length} bytes, expected {expected}: it belongs to another number of seeds or another version.");
        var size = expected / _generators.Length;
        for (var i = 0; i < _generators.Length; i++)
            CheckState(state.Slice(i * size, size));
        for (var i = 0; i < _generators.Length; i++)
        {
            using var bytes = tensor(state.Slice(i * size, size).ToArray(), ScalarType.Byte);
            _generators[i].set_state(bytes);
        }
    }

    /// <summary>Frees the generators.</summary>
    public void Dispose()
    {
        foreach (var generator in _generators)
            generator.Dispose();
    }

    /// <summary>
    /// PyTorch's own checks (ATen, CPUGeneratorImpl.cpp, set_state), made here because its error would end the process:
    /// a Mersenne twister of 624 words whose header is seed, numbers left, seeded, next word.
    /// </summary>
    private static void CheckState(ReadOnlySpan<byte> state)
    {
        const int Words = 624;
        var left = BinaryPrimitives.ReadInt32LittleEndian(state[8..]);
        var seeded = BinaryPrimitives.ReadInt32LittleEndian(state[12..]);
        var next = BinaryPrimitives.ReadUInt64LittleEndian(state[16..]);
        if (left is < 1 or > Words || seeded != 1 || next > Words)
            throw new FloydException("The noise state is damaged: start again from the seed.");
    }
}
