namespace FloydSharp.Cli.Inspect;

/// <summary>A pipeline's checkpoint.</summary>
/// <param name="Path">The folder.</param>
/// <param name="ClassName">The pipeline's class.</param>
/// <param name="Components">Its components.</param>
internal sealed record CheckpointFacts(string Path, string ClassName, IReadOnlyList<ComponentFacts> Components);
