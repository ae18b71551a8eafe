// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_blocks.py, the up blocks.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>What all blocks on the way up do: resnets over the skip connections, each perhaps with a look at the text, then perhaps doubling.</summary>
public abstract class UpBlock : Layer
{
    private readonly LayerList<ResnetBlock2D> resnets;
    private readonly LayerList<TextAttention>? attentions;
    private readonly LayerList<Layer>? upsamplers;

    private protected UpBlock(
        BlockOptions options, ResnetOptions resnet, Func<TextAttention>? attention, Func<Layer> upsampler)
    {
        if (attention is not null)
            attentions = Add("attentions", new LayerList<TextAttention>(Enumerable.Range(0, options.Layers).Select(_ => attention())));
        resnets = Add("resnets", new LayerList<ResnetBlock2D>(Enumerable.Range(0, options.Layers).Select(i => new ResnetBlock2D(
            (i == 0 ? options.PreviousChannels : options.OutChannels) + (i == options.Layers - 1 ? options.InChannels : options.OutChannels),
            options.OutChannels,
            options.TembChannels,
            resnet))));
        if (options.Resamples)
            upsamplers = Add("upsamplers", new LayerList<Layer>(upsampler()));
    }

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, Cprevious, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="skips">
    /// The skip connections, the deepest on top. The block takes one per resnet and disposes each as soon as it is joined;
    /// below those it looks at the size of the next, which its result must have.
    /// </param>
    /// <param name="temb">Time embedding (B, Dtemb), which converts by itself. Not disposed.</param>
    /// <param name="text">(B, T, Dtext). Not disposed.</param>
    /// <returns>(B, Cout, H', W') with H' = H, or, after doubling, the next skip connection's height; owned by the caller.</returns>
    public Tensor forward(Tensor x, Stack<Tensor> skips, TimeStates temb, TextStates text)
    {
        using var scope = NewDisposeScope();
        Tensor? hidden = null;
        for (var i = 0; i < resnets.Count; i++)
        {
            using var skip = skips.Pop();                                     // (B, Cskip, H, W)
            var before = hidden;
            hidden = resnets[i].forward(before ?? x, skip, temb);             // (B, Cout, H, W)
            before?.Dispose();
            if (attentions is not null)
                hidden = hidden.Then(h => attentions[i].forward(h, text));    // (B, Cout, H, W)
        }

        if (upsamplers is not null)
        {
            var size = (skips.Peek().shape[2], skips.Peek().shape[3]);
            hidden = hidden!.Then(h => upsamplers[0] is ResnetBlock2D resnet
                ? resnet.forward(h, temb, size)
                : ((Upsample2D)upsamplers[0]).forward(h, size));              // (B, Cout, H', W')
        }

        return hidden!.MoveToOuterDisposeScope();
    }
}
