// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_blocks.py, UNetMidBlock2D.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>The innermost level: resnet block, attention, resnet block.</summary>
public sealed class UNetMidBlock2D : Layer
{
    private readonly LayerList<VaeAttention> attentions;
    private readonly LayerList<ResnetBlock2D> resnets;

    /// <summary>Declares the block without allocating its weights.</summary>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="options">What all resnet blocks share.</param>
    /// <param name="addAttention">Whether it attends.</param>
    public UNetMidBlock2D(long channels, ResnetOptions options, bool addAttention)
    {
        attentions = Add("attentions", new LayerList<VaeAttention>(addAttention ? new VaeAttention(channels, options.Groups) : null));
        resnets = Add("resnets", new LayerList<ResnetBlock2D>(
            new ResnetBlock2D(channels, channels, null, options), new ResnetBlock2D(channels, channels, null, options)));
    }

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, C, H, W). Not disposed.</param>
    /// <returns>(B, C, H, W), owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var hidden = resnets[0].forward(x);                                   // (B, C, H, W)
        foreach (var attention in attentions)
            hidden = hidden.Then(attention.forward);
        return hidden.Then(h => resnets[1].forward(h)).MoveToOuterDisposeScope();
    }
}
