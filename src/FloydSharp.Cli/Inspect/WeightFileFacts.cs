namespace FloydSharp.Cli.Inspect;

/// <summary>A safetensors file, or a sharded set behind its index.</summary>
/// <param name="Path">The file.</param>
/// <param name="Metadata">The text in its header.</param>
/// <param name="Weights">Totals.</param>
/// <param name="Tensors">The tensors, or the first of them.</param>
internal sealed record WeightFileFacts(
    string Path, IReadOnlyDictionary<string, string> Metadata, WeightFacts Weights, IReadOnlyList<TensorFacts> Tensors);
