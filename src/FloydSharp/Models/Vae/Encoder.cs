// Follows diffusers (Apache-2.0), src/diffusers/models/autoencoders/vae.py, Encoder.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>The half of the autoencoder that turns pictures into means and log variances.</summary>
public sealed class Encoder : Layer
{
    private readonly Conv2d conv_in;
    private readonly LayerList<DownEncoderBlock2D> down_blocks;
    private readonly UNetMidBlock2D mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>Declares the encoder without allocating its weights.</summary>
    /// <param name="config">The autoencoder's sizes.</param>
    public Encoder(AutoencoderKLConfig config)
    {
        var options = new ResnetOptions { Groups = config.NormNumGroups, Activation = ActivationFunctions.Parse(config.ActFn, "act_fn") };
        var channels = config.BlockOutChannels;
        conv_in = Add("conv_in", new Conv2d(config.InChannels, channels[0], 3, padding: 1));
        down_blocks = Add("down_blocks", new LayerList<DownEncoderBlock2D>(channels.Select((width, i) => new DownEncoderBlock2D(
            channels[Math.Max(i - 1, 0)], width, config.LayersPerBlock, addDownsample: i < channels.Count - 1, options))));
        mid_block = Add("mid_block", new UNetMidBlock2D(channels[^1], options, config.MidBlockAddAttention));
        conv_norm_out = Add("conv_norm_out", new GroupNorm(config.NormNumGroups, channels[^1], options.Eps));
        conv_out = Add("conv_out", new Conv2d(channels[^1], 2 * config.LatentChannels, 3, padding: 1));
    }

    /// <summary>Encodes.</summary>
    /// <param name="image">(B, C, H, W) in [-1, 1], the weights' dtype. Not disposed.</param>
    /// <returns>(B, 2 * latent channels, H/f, W/f), means before log variances; owned by the caller.</returns>
    public Tensor forward(Tensor image)
    {
        using var scope = NewDisposeScope();
        var hidden = conv_in.forward(image);                                  // (B, C0, H, W)
        foreach (var block in down_blocks)
            hidden = hidden.Then(block.forward);
        return hidden
            .Then(mid_block.forward)
            .Then(h => conv_norm_out.forward(h, Activation.Silu))             // (B, C, H/f, W/f)
            .Then(conv_out.forward)                                           // (B, 2 * latent channels, H/f, W/f)
            .MoveToOuterDisposeScope();
    }
}
