using FloydSharp.IO.Safetensors;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Inspect;

/// <summary>Compares a component's weights with the model that its config describes. Reads no weight.</summary>
internal static class ModelCheck
{
    private const int Shown = 8;

    /// <summary>The empty model of a class; null where the class has no model here.</summary>
    public static Layer? Build(string className, string folder) => className switch
    {
        nameof(UNet2DConditionModel) => new UNet2DConditionModel(UNet2DConditionConfig.Load(folder)),
        nameof(T5EncoderModel) => new T5EncoderModel(T5Config.Load(folder)),
        "CLIPTextModel" => new ClipTextModel(ClipTextConfig.Load(folder)),
        nameof(AutoencoderKL) => new AutoencoderKL(AutoencoderKLConfig.Load(folder)),
        nameof(IFSafetyChecker) => new IFSafetyChecker(ClipVisionConfig.Load(folder)),
        _ => null,
    };

    /// <summary>What does not fit.</summary>
    public static IEnumerable<string> Problems(Layer model, WeightSet weights, string variant)
    {
        var report = CheckpointLoader.Compare(model, weights);
        var where = variant.Length > 0 ? $" ({variant})" : "";
        return List($"missing{where}", report.Missing).Concat(List($"wrong shape{where}", report.Misshapen)).Concat(List($"unexpected{where}", report.Unexpected));
    }

    private static IEnumerable<string> List(string what, IReadOnlyList<string> names)
    {
        foreach (var name in names.Take(Shown))
            yield return $"{what}: {name}";
        if (names.Count > Shown)
            yield return $"{what}: {names.Count - Shown} more";
    }
}
