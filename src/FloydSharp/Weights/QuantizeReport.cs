namespace FloydSharp.Weights;

/// <summary>What <see cref="CheckpointQuantizer"/> wrote.</summary>
/// <param name="Files">The files written: the weights, or the shards and their index.</param>
/// <param name="Variant">The variant that was read; "" for the plain files.</param>
/// <param name="Quantized">How many weights became int8, or were already.</param>
/// <param name="Weights">How many weights there are.</param>
/// <param name="BytesBefore">Bytes of the weights in the files that were read.</param>
/// <param name="BytesAfter">Bytes of the weights in the files that were written.</param>
public sealed record QuantizeReport(IReadOnlyList<string> Files, string Variant, int Quantized, int Weights, long BytesBefore, long BytesAfter);
