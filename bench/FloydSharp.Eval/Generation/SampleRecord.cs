namespace FloydSharp.Eval.Generation;

/// <summary>One generated sample.</summary>
/// <param name="Id">The prompt's number.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="Files">The stages' pictures, file names beside run.json.</param>
/// <param name="Faithfulness">PSNR of each stage's picture against the one before, in dB, measured before the pictures were written.</param>
internal sealed record SampleRecord(int Id, long Seed, IReadOnlyList<string> Files, IReadOnlyList<double> Faithfulness);
