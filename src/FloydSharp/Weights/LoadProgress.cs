namespace FloydSharp.Weights;

/// <summary>How far the loading of a component is.</summary>
/// <param name="LoadedBytes">Bytes of weights that are in place.</param>
/// <param name="TotalBytes">Bytes of all weights, as they lie in the files.</param>
public readonly record struct LoadProgress(long LoadedBytes, long TotalBytes)
{
    /// <summary>What a person should know, such as that memory ran out and less is kept on the device; null for nothing.</summary>
    public string? Warning { get; init; }
}
