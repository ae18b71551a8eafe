namespace FloydSharp.Cli.Output;

/// <summary>A component as <c>floyd quantize</c> wrote it.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="Files">The weight files written.</param>
/// <param name="Quantized">How many weights are int8.</param>
/// <param name="Weights">How many there are.</param>
/// <param name="BytesBefore">Bytes of the weights that were read.</param>
/// <param name="BytesAfter">Bytes of those that were written.</param>
internal sealed record QuantizedComponent(string Name, IReadOnlyList<string> Files, int Quantized, int Weights, long BytesBefore, long BytesAfter);
