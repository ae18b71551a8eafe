using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;

namespace FloydSharp.Weights;

/// <summary>
/// Fills a model from safetensors files by name, one tensor at a time: the peak is the model and one small buffer.
/// </summary>
/// <remarks>
/// Weights that are int8 in the files (the <c>8bit</c> variant: I8 values with scales beside them) stay int8, on a CPU
/// mapped in place; see <see cref="LoadOptions.Int8Execution"/>.
/// </remarks>
public static class CheckpointLoader
{
    /// <summary>Compares keys and shapes without reading any weight.</summary>
    public static CheckpointReport Compare(Layer model, WeightSet weights) => CheckpointMatch.Of(model, weights).Report;

    /// <summary>Fills a model.</summary>
    /// <param name="model">The model; weights that are already filled are replaced. Not disposed.</param>
    /// <param name="weights">The opened files; may be closed afterwards. Not disposed.</param>
    /// <param name="options">Device, dtype, mapping.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellation">Checked before each tensor; the model is cleared when cancelled.</param>
    /// <returns>What was found; unexpected keys are listed, not refused.</returns>
    /// <exception cref="CheckpointException">Weights are missing or have other shapes; nothing was loaded.</exception>
    /// <exception cref="FloydException">A file is damaged or cannot be read; the model is cleared.</exception>
    public static CheckpointReport Load(
        Layer model, WeightSet weights, LoadOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var (places, report) = CheckpointMatch.Of(model, weights);
        if (!report.Fits)
        {
            throw new CheckpointException(
                $"The weights in {weights.Path} do not fit the model that config.json describes: {report}. Check that config and weights belong together.", report);
        }

        long mapped = 0, loaded = 0;
        using var source = new WeightSource(model as ICheckpointModel, options, quantized: places.Any(p => p.Scales is not null));
        try
        {
            foreach (var place in places)
            {
                cancellation.ThrowIfCancellationRequested();
                mapped += source.Fill(place);
                loaded += place.Length;
                progress?.Report(new(loaded, report.FileBytes));
            }

            source.Finish();
            source.CheckUnchanged();
        }
        catch
        {
            source.Finish();
            model.Clear();
            throw;
        }

        return report with { MappedBytes = mapped };
    }
}
