namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Pixels whose channels lie in one map or in two, of which the second has those that come after: skip connections are read
/// where they are, rather than joined in memory first.
/// </summary>
/// <param name="first">(rows, channels of the first).</param>
/// <param name="firstChannels">See there.</param>
/// <param name="second">(rows, channels of the second); null for one map alone.</param>
/// <param name="secondChannels">See there; 0 for one map alone.</param>
internal readonly unsafe struct PixelSource(float* first, int firstChannels, float* second = null, int secondChannels = 0)
{
    /// <summary>Channels of both.</summary>
    public int Channels => firstChannels + secondChannels;

    /// <summary>Whether there are two.</summary>
    public bool Joined => second != null;

    /// <summary>Some rows, dense.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="room">Where rows of two maps are joined.</param>
    /// <returns>Where they are: in the map or in <paramref name="room"/>.</returns>
    public float* Rows(long start, int count, float* room)
    {
        if (!Joined)
            return first + (start * firstChannels);
        CopyTo(start, count, room);
        return room;
    }

    /// <summary>Copies some rows, joined.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">(count, channels of both).</param>
    public void CopyTo(long start, int count, float* target)
    {
        for (var r = start; r < start + count; r++, target += Channels)
        {
            new Span<float>(first + (r * firstChannels), firstChannels).CopyTo(new(target, firstChannels));
            if (Joined)
                new Span<float>(second + (r * secondChannels), secondChannels).CopyTo(new(target + firstChannels, secondChannels));
        }
    }
}
