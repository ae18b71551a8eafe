namespace FloydSharp.Training.World;

/// <summary>A small generator for details (xorshift64*): the same on every machine, without an allocation per picture.</summary>
internal struct DetailRandom(int seed)
{
    private ulong _state = ((ulong)(uint)seed * 0x9E3779B97F4A7C15UL) | 1;

    /// <summary>An evenly distributed number.</summary>
    public float Next(float from, float to)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return from + ((to - from) * ((_state * 0x2545F4914F6CDD1DUL) >> 40) / (1 << 24));
    }
}
