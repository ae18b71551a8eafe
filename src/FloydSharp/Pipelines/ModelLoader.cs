using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Streaming;
using FloydSharp.Weights;

namespace FloydSharp.Pipelines;

/// <summary>Fills a model from a component's folder.</summary>
internal static class ModelLoader
{
    /// <summary>Fills an empty model; disposes it when that fails.</summary>
    /// <returns>The same model.</returns>
    public static T Fill<T>(T model, string folder, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
        where T : Layer
    {
        try
        {
            StreamedModel.Fill(model, WeightSet.Open(folder, variant: WeightVariant.Choose(folder, options)), options, progress, cancellation);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
