using FloydSharp.Eval.Analysis;

namespace FloydSharp.Eval.Reports;

/// <summary>What was measured on one sample.</summary>
/// <param name="Id">The prompt's number.</param>
/// <param name="Group">The prompt's group.</param>
/// <param name="Prompt">The words.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="Text">The text asked for, or null.</param>
/// <param name="Readings">What was read, by side of the picture.</param>
/// <param name="Answers">What the analyser says of the picture of 256 pixels, or of the largest where there is none.</param>
/// <param name="Faithfulness">PSNR of each stage's picture against the one before, in dB.</param>
internal sealed record Measured(
    int Id, string Group, string Prompt, long Seed, string? Text, IReadOnlyDictionary<int, string> Readings, Answers Answers, IReadOnlyList<double> Faithfulness);
