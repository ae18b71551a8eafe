// Follows diffusers (Apache-2.0), src/diffusers/models/autoencoders/vae.py, Decoder.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>The half of the autoencoder that turns latents into pictures.</summary>
public sealed class Decoder : Layer
{
    private readonly Conv2d conv_in;
    private readonly LayerList<UpDecoderBlock2D> up_blocks;
    private readonly UNetMidBlock2D mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>Declares the decoder without allocating its weights.</summary>
    /// <param name="config">The autoencoder's sizes.</param>
    public Decoder(AutoencoderKLConfig config)
    {
        var options = new ResnetOptions { Groups = config.NormNumGroups, Activation = ActivationFunctions.Parse(config.ActFn, "act_fn") };
        var channels = config.BlockOutChannels.Reverse().ToList();
        conv_in = Add("conv_in", new Conv2d(config.LatentChannels, channels[0], 3, padding: 1));
        up_blocks = Add("up_blocks", new LayerList<UpDecoderBlock2D>(channels.Select((width, i) => new UpDecoderBlock2D(
            channels[Math.Max(i - 1, 0)], width, config.LayersPerBlock + 1, addUpsample: i < channels.Count - 1, options))));
        mid_block = Add("mid_block", new UNetMidBlock2D(channels[0], options, config.MidBlockAddAttention));
        conv_norm_out = Add("conv_norm_out", new GroupNorm(config.NormNumGroups, channels[^1], options.Eps));
        conv_out = Add("conv_out", new Conv2d(channels[^1], config.OutChannels, 3, padding: 1));
    }

    /// <summary>Decodes.</summary>
    /// <param name="latents">(B, latent channels, h, w), the weights' dtype. Not disposed.</param>
    /// <returns>(B, C, h * f, w * f), around [-1, 1] and not clamped; owned by the caller.</returns>
    public Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var hidden = conv_in.forward(latents).Then(mid_block.forward);        // (B, C0, h, w)
        foreach (var block in up_blocks)
            hidden = hidden.Then(block.forward);
        return hidden
            .Then(h => conv_norm_out.forward(h, Activation.Silu))             // (B, Cn, h * f, w * f)
            .Then(conv_out.forward)                                           // (B, C, h * f, w * f)
            .MoveToOuterDisposeScope();
    }
}
