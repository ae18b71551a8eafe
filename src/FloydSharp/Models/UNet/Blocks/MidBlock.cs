// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_blocks.py, the middle blocks.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>What the block between down and up does: a resnet, a look at the text, a resnet.</summary>
public abstract class MidBlock : Layer
{
    private readonly LayerList<ResnetBlock2D> resnets;
    private readonly LayerList<TextAttention> attentions;

    private protected MidBlock(BlockOptions options, ResnetOptions resnet, TextAttention attention)
    {
        attentions = Add("attentions", new LayerList<TextAttention>(attention));
        resnets = Add("resnets", new LayerList<ResnetBlock2D>(
            new ResnetBlock2D(options.InChannels, options.OutChannels, options.TembChannels, resnet),
            new ResnetBlock2D(options.OutChannels, options.OutChannels, options.TembChannels, resnet)));
    }

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, C, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="temb">Time embedding (B, Dtemb), which converts by itself. Not disposed.</param>
    /// <param name="text">(B, T, Dtext). Not disposed.</param>
    /// <returns>(B, C, H, W), owned by the caller.</returns>
    public Tensor forward(Tensor x, TimeStates temb, TextStates text) => resnets[0].forward(x, temb)
        .Then(h => attentions[0].forward(h, text))
        .Then(h => resnets[1].forward(h, temb));                              // (B, C, H, W)
}
