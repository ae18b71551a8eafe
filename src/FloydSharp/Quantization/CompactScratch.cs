using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>
/// Memory that products with compact weights of one model widen blocks into, kept between products because new memory costs
/// more than the widening: one block, 8 MiB for linear layers and 32 MiB for convolutions. It is freed with the last weight
/// that uses it. On a GPU nothing is kept, as its allocator does that.
/// </summary>
public sealed class CompactScratch
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ScalarType, Tensor> _free = [];
    private int _users;

    /// <summary>Counts a weight that uses this memory.</summary>
    internal void AddUser()
    {
        lock (_lock)
            _users++;
    }

    /// <summary>Frees the memory with the last user.</summary>
    internal void RemoveUser()
    {
        lock (_lock)
        {
            if (--_users > 0)
                return;
            foreach (var block in _free.Values)
                block.Dispose();
            _free.Clear();
        }
    }

    /// <summary>Takes memory on the CPU; products on several threads each get their own.</summary>
    /// <returns>At least so many elements, one dimension; to be given back.</returns>
    internal Tensor Rent(long elements, ScalarType dtype)
    {
        lock (_lock)
        {
            if (_free.Remove(dtype, out var block))
            {
                if (block.NumberOfElements >= elements)
                    return block;
                block.Dispose();
            }
        }

        return empty([elements], dtype).DetachFromDisposeScope();
    }

    /// <summary>Gives memory back.</summary>
    internal void Return(Tensor block)
    {
        lock (_lock)
        {
            if (_users <= 0 || !_free.TryAdd(block.dtype, block))
                block.Dispose();
        }
    }
}
