using System.Text.Json;
using FloydSharp.IO.Imaging;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Testing;

/// <summary>The arguments of a pipeline case, as cases.json names them, turned into what our pipelines take.</summary>
public sealed class GoldenArguments(GoldenCase golden)
{
    private readonly JsonElement _args = golden.Json.GetProperty("args");

    public IReadOnlyList<string> Prompts => Texts("prompt");

    public IReadOnlyList<string> NegativePrompts => Texts("negative_prompt");

    public bool WantsPictures => _args.GetProperty("output_type").GetString() == "pil";

    public string? Scheduler => _args.TryGetProperty("scheduler", out var value) ? value.GetString() : null;

    public int Integer(string name, int fallback) => _args.TryGetProperty(name, out var value) ? value.GetInt32() : fallback;

    public int? Integer(string name) => _args.TryGetProperty(name, out var value) ? value.GetInt32() : null;

    public double Number(string name, double fallback) => _args.TryGetProperty(name, out var value) ? value.GetDouble() : fallback;

    public IReadOnlyList<int>? Integers(string name) =>
        _args.TryGetProperty(name, out var value) ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : null;

    public NoiseSource Noise() => Integers("generator_seeds") is { } seeds
        ? NoiseSource.PerImage([.. seeds.Select(s => (long)s)])
        : NoiseSource.FromSeed(_args.GetProperty("generator_seed").GetInt64());

    /// <summary>Embeddings of the case itself, or of the case that it names; null where neither stores any.</summary>
    public PromptEmbeddings? Embeddings()
    {
        var file = _args.TryGetProperty("prompt_embeds", out var other)
            ? golden.Folder.FileOf(other.GetString() + ".safetensors")
            : golden.TensorFile;
        using var tensors = GoldenTensors.Load(file);
        return tensors.Contains("prompt_embeds")
            ? new(tensors["prompt_embeds"].clone(), tensors["negative_prompt_embeds"].clone())
            : null;
    }

    /// <summary>The picture argument: a stored tensor, another case's tensor (<c>case:tensor</c>) or a PNG.</summary>
    /// <param name="width">The PNG is cropped to this width from its upper left corner.</param>
    /// <param name="height">The PNG is cropped to this height.</param>
    public Tensor Image(long width = long.MaxValue, long height = long.MaxValue)
    {
        using (var own = GoldenTensors.Load(golden))
        {
            if (own.Contains("image"))
                return own["image"].clone();
        }

        var name = _args.GetProperty("image").GetString()!;
        if (name.EndsWith(".png", StringComparison.Ordinal))
        {
            var picture = ImageFile.Load(golden.Folder.FileOf(name));
            return ImageTensors.FromImages([picture.Crop(0, 0, (int)Math.Min(picture.Width, width), (int)Math.Min(picture.Height, height))]);
        }

        var parts = name.Split(':');
        using var tensors = GoldenTensors.Load(golden.Folder.FileOf(parts[0] + ".safetensors"));
        return tensors[parts[1]].clone();
    }

    /// <summary>A PNG argument as the reference prepares the pictures that a run starts from.</summary>
    /// <param name="name">The argument.</param>
    /// <param name="sampleSize">The UNet's sample size.</param>
    public Tensor StartPicture(string name, int sampleSize) => ImageTensors.FromImages([PictureFit.ShorterSide(Png(name).ToRgb(), sampleSize)]);

    /// <summary>The mask argument as the reference prepares it.</summary>
    /// <param name="sampleSize">The UNet's sample size.</param>
    public Tensor Mask(int sampleSize) => ImageTensors.FromMasks([PictureFit.ShorterSide(Png("mask_image").ToGrey(), sampleSize)]);

    private ImageBuffer Png(string name) => ImageFile.Load(golden.Folder.FileOf(_args.GetProperty(name).GetString()!));

    private IReadOnlyList<string> Texts(string name) => !_args.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
        : [value.GetString()!];
}
