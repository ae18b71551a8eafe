// Follows diffusers (Apache-2.0), src/diffusers/models/autoencoders/autoencoder_kl.py.
using FloydSharp.IO;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>
/// The autoencoder between pictures and the latents that the x4 upscaler works on (Kingma and Welling 2014, arXiv:1312.6114;
/// Rombach et al. 2022, arXiv:2112.10752).
/// </summary>
public sealed class AutoencoderKL : Layer, ICheckpointModel
{
    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Conv2d? quant_conv;
    private readonly Conv2d? post_quant_conv;

    /// <summary>Declares the model without allocating its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="FloydException">A value of the configuration is not supported.</exception>
    public AutoencoderKL(AutoencoderKLConfig config)
    {
        config.Validate();
        Config = config;
        encoder = Add("encoder", new Encoder(config));
        decoder = Add("decoder", new Decoder(config));
        if (config.UseQuantConv)
            quant_conv = Add("quant_conv", new Conv2d(2 * config.LatentChannels, 2 * config.LatentChannels, 1));
        if (config.UsePostQuantConv)
            post_quant_conv = Add("post_quant_conv", new Conv2d(config.LatentChannels, config.LatentChannels, 1));
    }

    /// <summary>The sizes.</summary>
    public AutoencoderKLConfig Config { get; }

    /// <summary>Older checkpoints call the attention's projections query, key, value and proj_attn.</summary>
    public string? MapKey(string key) => !key.Contains(".attentions.", StringComparison.Ordinal) ? key : key
        .Replace(".query.", ".to_q.", StringComparison.Ordinal)
        .Replace(".key.", ".to_k.", StringComparison.Ordinal)
        .Replace(".value.", ".to_v.", StringComparison.Ordinal)
        .Replace(".proj_attn.", ".to_out.0.", StringComparison.Ordinal);

    /// <summary>Decodes latents into pictures.</summary>
    /// <param name="latents">
    /// (B, latent channels, h, w), already divided by <see cref="AutoencoderKLConfig.ScalingFactor"/>, the weights' dtype and
    /// device. Not disposed.
    /// </param>
    /// <param name="options">How to trade memory for time; null decodes all at once.</param>
    /// <param name="cancellation">Checked before each picture or tile.</param>
    /// <returns>(B, C, h * f, w * f), around [-1, 1] and not clamped; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The latents have an unsuitable shape.</exception>
    /// <exception cref="FloydException">An option is out of range.</exception>
    public Tensor Decode(Tensor latents, VaeDecodeOptions? options = null, CancellationToken cancellation = default)
    {
        RequireShape(latents, Config.LatentChannels, nameof(latents));
        options ??= new VaeDecodeOptions();
        options.Validate();
        cancellation.ThrowIfCancellationRequested();
        if (!options.Slicing || latents.shape[0] == 1)
            return DecodeSlice(latents, options, cancellation);

        using var scope = NewDisposeScope();
        var pictures = new List<Tensor>();
        for (var i = 0L; i < latents.shape[0]; i++)
            pictures.Add(DecodeSlice(latents.narrow(0, i, 1), options, cancellation)); // (1, C, h * f, w * f)
        return cat(pictures, dim: 0).MoveToOuterDisposeScope();               // (B, C, h * f, w * f)
    }

    /// <summary>Encodes pictures.</summary>
    /// <param name="image">(B, C, H, W) in [-1, 1], the weights' dtype and device. Not disposed.</param>
    /// <returns>The distribution of the latents (B, latent channels, H/f, W/f), not yet scaled; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The picture has an unsuitable shape.</exception>
    public DiagonalGaussian Encode(Tensor image)
    {
        RequireShape(image, Config.InChannels, nameof(image));
        if (image.shape[2] < Config.SpatialFactor || image.shape[3] < Config.SpatialFactor)
            throw new ArgumentException($"A picture has at least {Config.SpatialFactor} pixels a side.", nameof(image));

        using var moments = quant_conv is null
            ? encoder.forward(image)
            : encoder.forward(image).Then(quant_conv.forward);                // (B, 2 * latent channels, H/f, W/f)
        return new DiagonalGaussian(moments);
    }

    private Tensor DecodeSlice(Tensor latents, VaeDecodeOptions options, CancellationToken cancellation)
    {
        var (batch, height, width) = (latents.shape[0], latents.shape[2], latents.shape[3]);
        var tile = options.Tiling ? Math.Max((options.TileSampleSize ?? Config.SampleSize) / Config.SpatialFactor, 1)
            : options.MemoryLimitBytes is { } limit ? VaeMemory.TileFor(Config, batch, height, width, latents.ElementSize, limit)
            : null;
        if (tile is { } side && new TiledDecoder(DecodeWhole, side, options.TileOverlap, Config.SpatialFactor) is var tiles && tiles.Splits(height, width))
            return tiles.Decode(latents, cancellation);
        return DecodeWhole(latents);
    }

    private Tensor DecodeWhole(Tensor latents) => post_quant_conv is null
        ? decoder.forward(latents)
        : post_quant_conv.forward(latents).Then(decoder.forward);             // (B, C, h * f, w * f)

    private static void RequireShape(Tensor x, long channels, string name)
    {
        if (x.dim() != 4 || x.shape[1] != channels || x.shape[0] == 0 || x.shape[2] == 0 || x.shape[3] == 0)
            throw new ArgumentException($"Expected is (B, {channels}, H, W), not ({string.Join(", ", x.shape)}).", name);
    }
}
