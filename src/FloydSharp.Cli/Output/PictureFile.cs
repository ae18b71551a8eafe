namespace FloydSharp.Cli.Output;

/// <summary>A picture that was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="Stage">The stage that made it.</param>
/// <param name="Index">Its number in the batch, from 0.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="NsfwDetected">Whether the safety checker saw unsafe content; null when it did not look.</param>
/// <param name="WatermarkDetected">Whether it saw a stock photo's watermark; null when it did not look.</param>
internal sealed record PictureFile(
    string Path, int Stage, int Index, string Prompt, long Seed, int Width, int Height, bool? NsfwDetected, bool? WatermarkDetected);
