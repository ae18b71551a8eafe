namespace FloydSharp.Cli.Inspect;

/// <summary>A component of a checkpoint.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="ClassName">Its class, as the config names it; "" where it does not.</param>
/// <param name="Config">The settings that tell models apart.</param>
/// <param name="Weights">Its weights by variant; empty where it has none.</param>
/// <param name="Problems">What keeps it from being used.</param>
internal sealed record ComponentFacts(
    string Name, string ClassName, IReadOnlyDictionary<string, string> Config, IReadOnlyList<WeightFacts> Weights, IReadOnlyList<string> Problems);
