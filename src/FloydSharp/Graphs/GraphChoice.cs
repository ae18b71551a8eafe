using FloydSharp.Native;
using FloydSharp.Nn;

namespace FloydSharp.Graphs;

/// <summary>Whether a model's passes are recorded as a graph, and if not, why.</summary>
/// <param name="Device">What records them; null where they run one by one.</param>
/// <param name="Why">Why they run one by one, for people; null where they are recorded.</param>
internal sealed record GraphChoice(IGraphDevice? Device, string? Why)
{
    /// <summary>
    /// Fewest passes of the same shapes that are worth it: two run as they are, one is recorded, which takes as long as
    /// launching one, and making a graph of it about as long again.
    /// </summary>
    public const int FewestPasses = 6;

    /// <summary>Decides.</summary>
    /// <param name="model">The model. Not disposed.</param>
    /// <param name="passes">How many passes with the same shapes will follow.</param>
    public static GraphChoice For(Layer model, int passes)
    {
        if (PlacementOf(model) is { } elsewhere)
            return new(null, elsewhere);
        if (passes < FewestPasses)
            return new(null, $"fewer than {FewestPasses} passes");
        var index = Math.Max(0, model.Device.index);
        if (CudaGraphSupport.Problem(index) is { } problem)
            return new(null, problem);
        try
        {
            return new(CudaGraphDevice.Open(index), null);
        }
        catch (NativeLibraryException e)
        {
            return new(null, e.Message);
        }
    }

    // A graph remembers addresses: each weight must stay where it is.
    private static string? PlacementOf(Layer model)
    {
        if (model.IsPlain)
            return "the plain way was asked for";
        if (model.IsStreamed)
            return "weights come in while they are used";
        var device = model.Device;
        if (device.type != TorchSharp.DeviceType.CUDA)
            return "no GPU";
        return model.NamedWeights().All(w => w.Value.Device.type == TorchSharp.DeviceType.CUDA) ? null : "weights lie outside the GPU";
    }
}
