using FloydSharp.IO;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;

namespace FloydSharp.Profile;

/// <summary>The models of the real checkpoints, built from their published configurations, without weights.</summary>
internal static class RealModels
{
    public static IReadOnlyList<string> Names { get; } = ["T5-XXL", .. RealConfigs.ByName.Keys, "x4-VAE"];

    public static Layer Create(string name) => name switch
    {
        "T5-XXL" => new T5EncoderModel(T5Config.Xxl),
        "x4-VAE" => new AutoencoderKL(AutoencoderKLConfig.X4Upscaler),
        _ => new UNet2DConditionModel(UNet(name)),
    };

    public static UNet2DConditionConfig UNet(string name) => RealConfigs.ByName.TryGetValue(name, out var config)
        ? config
        : throw new FloydException($"The model \"{name}\" is not known; known are {string.Join(", ", Names)}.");
}
