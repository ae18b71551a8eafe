namespace FloydSharp.Memory;

/// <summary>The memory of a CUDA device, shared by all processes that use it.</summary>
/// <param name="Free">What is free, in bytes; the pool's unused part counts as taken until it is trimmed.</param>
/// <param name="Total">What there is, in bytes.</param>
public sealed record DeviceMemoryState(long Free, long Total);
