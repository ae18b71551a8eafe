namespace FloydSharp.IO.Safetensors;

/// <summary>Where one tensor of a <see cref="WeightSet"/> lies.</summary>
/// <param name="File">The open file that holds it; owned by the set.</param>
/// <param name="Entry">The tensor.</param>
public readonly record struct WeightLocation(SafetensorsFile File, SafetensorsEntry Entry);
