using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;

namespace FloydSharp.Planning;

/// <summary>The parts of a model that are streamed as wholes: blocks with residuals inside them, and single layers outside of blocks.</summary>
internal static class WeightUnits
{
    /// <summary>The unit and the layer of each weight of a model, by the weight's name, in the model's order.</summary>
    public static IReadOnlyDictionary<string, (string Unit, Layer Owner)> Of(Layer model)
    {
        var result = new Dictionary<string, (string, Layer)>();
        Walk(model, "", null, result);
        return result;
    }

    private static void Walk(Layer layer, string path, string? unit, Dictionary<string, (string, Layer)> result)
    {
        if (unit is null && IsWhole(layer))
            unit = path;
        foreach (var (name, _) in layer.OwnWeights)
            result[Join(path, name)] = (unit ?? path, layer);
        foreach (var (name, child) in layer.Children)
            Walk(child, Join(path, name), unit, result);
    }

    private static bool IsWhole(Layer layer) => layer is T5Block or ResnetBlock2D or TextAttention or ClipEncoderLayer or VaeAttention;

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
