using FloydSharp.Memory;
using FloydSharp.Weights;

namespace FloydSharp.Streaming;

/// <summary>
/// Streamed units that stay in page-locked memory of the host once they were read, as they go to the device: from then on one
/// copy brings all of a unit's weights of a dtype, and nothing is read.
/// </summary>
/// <param name="units">The streamed units.</param>
/// <param name="budget">Bytes that they may take.</param>
/// <param name="device">The device. Not disposed.</param>
internal sealed class PinnedUnits(IReadOnlyList<StreamUnit> units, long budget, IStreamDevice device) : IDisposable
{
    private readonly HashSet<int> _chosen = Choose(units, budget);
    private readonly Dictionary<int, HostBlock> _blocks = [];
    private readonly HashSet<int> _filled = [];
    private long _bytes;

    /// <summary>Whether any unit may stay.</summary>
    public bool IsEmpty => _chosen.Count == 0;

    /// <summary>
    /// The units that stay: from the first one on, all that still fit. What comes of choosing within the bytes of what was chosen
    /// is the same again, so that a plan and who keeps to it agree.
    /// </summary>
    public static HashSet<int> Choose(IReadOnlyList<StreamUnit> units, long budget)
    {
        HashSet<int> chosen = [];
        for (var i = 0; i < units.Count; i++)
        {
            if (units[i].PinnedBytes > budget)
                continue;
            budget -= units[i].PinnedBytes;
            chosen.Add(i);
        }

        return chosen;
    }

    /// <summary>Where a unit lies that was read before; null for others.</summary>
    public HostBlock? Find(int unit) => _filled.Contains(unit) ? _blocks[unit] : null;

    /// <summary>Where a unit is to be read to.</summary>
    /// <param name="unit">The unit; not filled.</param>
    /// <param name="warning">Set where memory runs out now; then no more units stay.</param>
    /// <returns>Null for a unit that does not stay.</returns>
    public HostBlock? Room(int unit, ref string? warning)
    {
        if (!_chosen.Contains(unit))
            return null;
        if (_blocks.TryGetValue(unit, out var block))
            return block;
        var bytes = units[unit].PinnedBytes;
        try
        {
            block = HostBlock.Take(device, bytes);
        }
        catch (Exception e) when (OutOfMemory.Is(e))
        {
            _chosen.IntersectWith(_blocks.Keys);
            warning = $"no more RAM could be page-locked after {_bytes >> 20} MiB: the other weights come from the file each time they are needed";
        }

        if (block is null)
            return null;
        _bytes += bytes;
        return _blocks[unit] = block;
    }

    /// <summary>A unit was read to its room.</summary>
    public void Keep(int unit) => _filled.Add(unit);

    /// <summary>Frees the memory; the device must be done with it.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks.Values)
            block.Dispose();
    }
}
