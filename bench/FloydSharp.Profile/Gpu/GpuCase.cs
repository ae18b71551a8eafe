using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Gpu;

/// <summary>One row: a model of real size with random weights in float16, and one forward pass of it.</summary>
internal sealed class GpuCase : IDisposable
{
    private const int TextTokens = 77;
    private const int Batch = 2;

    private readonly List<IDisposable> _owned = [];
    private readonly Func<bool, Tensor> _forward;

    private GpuCase(string name, Layer model, JsonObject description, Func<GpuCase, Func<bool, Tensor>> forward)
    {
        (Name, Model, Description) = (name, model, description);
        _forward = forward(this);
    }

    /// <summary>The rows that are measured unless others are asked for.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. RealConfigs.ByName.Keys, "x4-VAE", "T5-XXL", "T5-XXL-half"];

    public string Name { get; }

    public Layer Model { get; }

    /// <summary>What the reference builds the same from.</summary>
    public JsonObject Description { get; }

    /// <summary>Makes a row's model on the device.</summary>
    public static GpuCase Create(string name, Device device) => name switch
    {
        "x4-VAE" => Vae(name, device),
        "T5-XXL" or "T5-XXL-half" => T5(name, device),
        _ => UNet(name, device),
    };

    /// <summary>Computes once.</summary>
    /// <param name="fast">
    /// Whether what depends on text and time alone was computed before, and what does not depend on the text is computed once for
    /// both halves, as while denoising.
    /// </param>
    public Tensor Forward(bool fast) => _forward(fast);

    /// <summary>Frees the model and its inputs.</summary>
    public void Dispose()
    {
        foreach (var one in _owned)
            one.Dispose();
        Model.Dispose();
    }

    private static GpuCase UNet(string name, Device device)
    {
        var config = RealModels.UNet(name);
        var model = new UNet2DConditionModel(config);
        RandomWeights.FillAsLoaded(model, device);

        // The upscaler's sample size is 128; the cascade gives it 256x256 latents.
        var side = name == "x4-upscaler" ? 256L : config.SampleSize!.Value;
        long width = config.EncoderHidDim ?? config.CrossAttentionDim[0];
        var description = Describe(name, "unet", config.ToJson(), [Batch, config.InChannels, side, side]);
        description["text"] = new JsonArray(Batch, TextTokens, width);
        description["labels"] = model.TakesClassLabels;
        return new(name, model, description, self =>
        {
            var sample = self.Random(device, 1, config.InChannels, side, side);
            var both = self.Own(sample.repeat(Batch, 1, 1, 1));
            var text = self.Random(device, Batch, TextTokens, width);
            var time = self.Own(tensor(417, ScalarType.Int64, device));
            var labels = model.TakesClassLabels ? self.Own(full([Batch], 20, ScalarType.Int64, device)) : null;
            UNetText? read = null;
            Tensor? told = null;
            return fast =>
            {
                if (!fast)
                    return model.forward(both, time, text, labels);
                read ??= self.Own(model.Read(text));
                told ??= self.Own(model.ReadTimes(time.unsqueeze(0), read, labels)[0]);
                return model.forwardTold(sample, told, read);
            };
        });
    }

    private static GpuCase Vae(string name, Device device)
    {
        const int side = 256;
        var model = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler);
        RandomWeights.FillAsLoaded(model, device);
        return new(name, model, Describe(name, "vae", model.Config.ToJson(), [1, 4, side, side]), self =>
        {
            var latents = self.Random(device, 1, 4, side, side);
            return _ => model.Decode(latents);
        });
    }

    private static GpuCase T5(string name, Device device)
    {
        var model = new T5EncoderModel(T5Config.Xxl);
        if (name == "T5-XXL")
            RandomWeights.FillAsLoaded(model, device);
        else
            RandomWeights.Fill(model, ScalarType.Float16, device);
        var description = Describe(name, "t5", model.Config.ToJson(), [Batch, TextTokens]);
        description["wide"] = name == "T5-XXL";
        return new(name, model, description, self =>
        {
            var ids = self.Own(randint(100, 30000, [Batch, TextTokens], ScalarType.Int64, device));
            var mask = self.Own(ones([Batch, TextTokens], ScalarType.Int64, device));
            return _ => model.forward(ids, mask);
        });
    }

    private static JsonObject Describe(string name, string kind, string config, long[] input) => new()
    {
        ["name"] = name,
        ["kind"] = kind,
        ["config"] = JsonNode.Parse(config) ?? throw new FloydException($"The configuration of {name} is empty."),
        ["input"] = new JsonArray([.. input.Select(n => JsonValue.Create(n))]),
    };

    private T Own<T>(T value)
        where T : IDisposable
    {
        (value as Tensor)?.DetachFromDisposeScope();
        _owned.Add(value);
        return value;
    }

    private Tensor Random(Device device, params long[] shape) => Own(randn(shape, ScalarType.Float16, device));
}
